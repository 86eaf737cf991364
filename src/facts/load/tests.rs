//! Facts files: what becomes of good ones, and what is said about bad ones.

mod hostile;
mod lookalikes;
mod mistakes;
mod rendered;

use super::*;
use crate::document::Source;
use crate::facts::{Assignment, Grant, Provenance, Reach};
use crate::model::schema::{Attribute, EntityType, Package, Permission, Placement, Role};
use crate::model::{Id, Instant, Tri, Type, Value};

const GOOD: &str = r#"
package: hackai

organizations:
  acme: { features: [advanced_analytics, "no"], monthly_budget: 1000 }
  acme/security: {}
  acme2:

groups:
  soc: { in: [staff] }
  staff:

subjects:
  user:
    alice:
      organization: acme/security
      in: [soc]
      department: "Security"
      mfa_verified: true
      last_login: 2026-11-01T09:00:00Z
      address: 192.0.2.1
      manager: bob
      roles:
        - { role: analyst, scope: acme/security, granted_by: root, granted_at: 2026-11-01T09:00:00Z, reason: "joined", expires: 2027-01-01T00:00:00Z }
        - { role: keeper, scope: personal, granted_by: root, reason: own things }
      grants:
        - { permission: incidents:close, scope: /, granted_by: root, reason: "incident 4711" }
    bob: { manager: { type: hackai/user, id: carol } }
resources:
  folder:
    plans:
    secret: { in: [{ type: folder, id: plans }] }
  incidents:
    inc-1: { organization: acme/security, owner: alice, severity: 3, tags: [b, a, b], in: [{ type: folder, id: secret }] }
"#;

fn symbol(text: &str) -> Symbol {
    Symbol::intern(text)
}

fn reference(kind: &str, id: &str) -> EntityRef {
    EntityRef { kind: symbol(kind), id: symbol(id) }
}

fn text(text: &str) -> Value {
    Value::String(symbol(text))
}

fn attribute(name: &str, ty: Type) -> Attribute {
    Attribute { name: symbol(name), ty, optional: false }
}

/// What the policies of these tests declare.
fn schema() -> Schema {
    let mut schema = Schema::default();
    let [hackai, other] = ["hackai", "other"].map(|name| {
        schema.packages.push(Package { name: symbol(name), context: Vec::new(), action: Vec::new() })
    });
    let user = Type::Entity(symbol("hackai/user"));
    let owner = attribute("owner", user.clone());
    let user_attributes = vec![
        attribute("department", Type::String),
        attribute("mfa_verified", Type::Bool),
        attribute("last_login", Type::Instant),
        attribute("address", Type::Ip),
        attribute("manager", user.clone()),
        attribute("home", Type::Entity(symbol("organization"))),
        attribute(
            "place",
            Type::record(vec![
                attribute("city", Type::String),
                attribute("keeper", user.clone()),
                attribute("geo", Type::record(vec![attribute("lat", Type::Int)])),
                attribute("tags", Type::Set(Box::new(Type::String))),
            ]),
        ),
    ];
    let incident_attributes = vec![
        owner.clone(),
        attribute("severity", Type::Int),
        attribute("tags", Type::Set(Box::new(Type::String))),
        attribute("readers", Type::Set(Box::new(user))),
    ];
    let mut ty = |package: Id<Package>, bare: &str, subject: bool, resource: bool, placement, attributes| {
        let name = format!("{}/{bare}", schema.packages.row(package).name);
        schema.types.push(EntityType {
            package,
            name: symbol(&name),
            bare: symbol(bare),
            is_subject: subject,
            is_resource: resource,
            placement,
            attributes,
            permissions: Vec::new(),
            annotations: Vec::new(),
        })
    };
    ty(hackai, "user", true, false, Placement::Root, user_attributes);
    let incidents = ty(hackai, "incidents", false, true, Placement::Organization, incident_attributes);
    let dashboard = ty(hackai, "dashboard", false, true, Placement::Shared, Vec::new());
    let profile = ty(hackai, "profile", false, true, Placement::Root, vec![owner]);
    ty(hackai, "folder", false, true, Placement::Root, Vec::new());
    ty(other, "folder", false, true, Placement::Root, Vec::new());
    ty(other, "robot", true, false, Placement::Root, Vec::new());
    let mut permission = |resource: Id<EntityType>, action: &str| {
        let id = schema.permissions.push(Permission { resource, action: symbol(action) });
        schema.types.get_mut(resource).unwrap().permissions.push(id);
        id
    };
    let close = permission(incidents, "close");
    let read = permission(dashboard, "read");
    let manage = permission(profile, "manage");
    let mut role = |package: Id<Package>, bare: &str, parents, permissions, left| {
        let name = format!("{}/{bare}", schema.packages.row(package).name);
        let (name, bare) = (symbol(&name), symbol(bare));
        schema.roles.push(Role {
            package,
            name,
            bare,
            is_system: false,
            parents,
            permissions,
            left,
            annotations: Vec::new(),
        })
    };
    let viewer = role(hackai, "viewer", Vec::new(), vec![read], None);
    role(hackai, "analyst", vec![viewer], vec![close], None);
    let closer = role(hackai, "closer", vec![viewer], vec![close], Some(vec![close]));
    role(hackai, "closing_heir", vec![closer], vec![manage], None);
    role(hackai, "keeper", Vec::new(), vec![close, manage], None);
    role(other, "viewer", Vec::new(), Vec::new(), None);
    role(other, "tester", Vec::new(), Vec::new(), None);
    schema.organization = vec![
        attribute("features", Type::Set(Box::new(Type::String))),
        attribute("monthly_budget", Type::Int),
    ];
    schema
}

fn load_texts(texts: &[&str]) -> (Sources, Option<Facts>, Vec<Diagnostic>) {
    let mut sources = Sources::default();
    let add = |(number, text): (usize, &&str)| {
        sources.add(Source { name: format!("{number}.facts.yaml"), text: (*text).to_owned() })
    };
    let files: Vec<SourceId> = texts.iter().enumerate().map(add).collect();
    let (facts, diagnostics) = load(&sources, &files, &schema());
    (sources, facts, diagnostics)
}

fn good(texts: &[&str]) -> Facts {
    let (_, facts, diagnostics) = load_texts(texts);
    assert_eq!(diagnostics, []);
    facts.expect("facts")
}

/// Every problem: code, message, underlined text, help.
fn problems(texts: &[&str]) -> Vec<String> {
    let (sources, facts, diagnostics) = load_texts(texts);
    assert!(facts.is_none(), "facts in spite of {diagnostics:?}");
    let told = |problem: &Diagnostic| {
        let place = problem.place.as_ref().map_or("nowhere", |(span, _)| sources.text(*span));
        let help = problem.help.as_deref().unwrap_or("-");
        format!("{} {} <{place}> {help}", problem.code.text(), problem.message)
    };
    diagnostics.iter().map(told).collect()
}

fn entity<'f>(facts: &'f Facts, kind: &str, id: &str) -> &'f Entity {
    facts.entity(reference(kind, id)).expect("an entity")
}

#[test]
fn a_good_file_becomes_facts() {
    let facts = good(&[GOOD]);
    let alice = entity(&facts, "hackai/user", "alice");
    assert_eq!(alice.organization, Some(symbol("acme/security")));
    assert_eq!(alice.parents, [reference("group", "soc")]);
    assert_eq!(alice.attribute(symbol("department")), Some(&text("Security")));
    assert_eq!(alice.attribute(symbol("mfa_verified")), Some(&Value::Bool(true)));
    let login = Instant::parse("2026-11-01T09:00:00Z").unwrap();
    assert_eq!(alice.attribute(symbol("last_login")), Some(&Value::Instant(login)));
    assert_eq!(alice.attribute(symbol("address")), Some(&Value::Ip("192.0.2.1".parse().unwrap())));
    assert_eq!(alice.attribute(symbol("manager")), Some(&Value::Entity(reference("hackai/user", "bob"))));
    assert_eq!(alice.attribute(symbol("home")), None);
    let bob = entity(&facts, "hackai/user", "bob");
    assert_eq!(bob.attribute(symbol("manager")), Some(&Value::Entity(reference("hackai/user", "carol"))));
    let incident = entity(&facts, "hackai/incidents", "inc-1");
    assert_eq!(incident.organization, Some(symbol("acme/security")));
    assert_eq!(incident.attribute(symbol("severity")), Some(&Value::Int(3)));
    assert_eq!(incident.attribute(symbol("tags")), Some(&Value::set(vec![text("a"), text("b")])));
    let acme = entity(&facts, "organization", "acme");
    assert_eq!(acme.attribute(symbol("monthly_budget")), Some(&Value::Int(1000)));
    let features = Value::set(vec![text("advanced_analytics"), text("no")]);
    assert_eq!(acme.attribute(symbol("features")), Some(&features));
}

#[test]
fn records_are_mappings_of_the_members_that_are_known() {
    let facts = good(&["package: hackai
subjects:
  user:
    alice: { place: { geo: { lat: 48 }, city: Wien, tags: [b, a], keeper: { type: user, id: bob } } }
    bob:
      place:
        geo: {}
    carol: { place: {} }
"]);
    let place = |id| entity(&facts, "hackai/user", id).attribute(symbol("place")).cloned();
    let geo = |members| (symbol("geo"), Value::record(members));
    let whole = Value::record(vec![
        geo(vec![(symbol("lat"), Value::Int(48))]),
        (symbol("city"), text("Wien")),
        (symbol("tags"), Value::set(vec![text("a"), text("b")])),
        (symbol("keeper"), Value::Entity(reference("hackai/user", "bob"))),
    ]);
    assert_eq!(place("alice"), Some(whole));
    assert_eq!(place("bob"), Some(Value::record(vec![geo(Vec::new())])));
    assert_eq!(place("carol"), Some(Value::record(Vec::new())));
}

#[test]
fn roles_and_grants_carry_scope_expiry_and_provenance() {
    let facts = good(&[GOOD]);
    let alice = entity(&facts, "hackai/user", "alice");
    let by_root = |reason: &str, granted_at: Option<&str>| Provenance {
        granted_by: Some("root".into()),
        granted_at: granted_at.and_then(Instant::parse),
        reason: Some(reason.into()),
    };
    assert_eq!(
        alice.assignments,
        [
            Assignment {
                role: symbol("hackai/analyst"),
                reach: Reach::Scope(facts.scopes.nearest("acme/security")),
                expires: Instant::parse("2027-01-01T00:00:00Z"),
                provenance: by_root("joined", Some("2026-11-01T09:00:00Z")),
            },
            Assignment {
                role: symbol("hackai/keeper"),
                reach: Reach::Personal,
                expires: None,
                provenance: by_root("own things", None),
            },
        ]
    );
    assert_eq!(
        alice.grants,
        [Grant {
            resource: symbol("hackai/incidents"),
            action: symbol("close"),
            reach: Reach::Scope(facts.scopes.root()),
            expires: None,
            provenance: by_root("incident 4711", None),
        }]
    );
}

#[test]
fn hierarchies_are_closed() {
    let facts = good(&[GOOD]);
    let within = |kind, id, of_kind, of| facts.is_within(reference(kind, id), reference(of_kind, of));
    assert_eq!(within("hackai/user", "alice", "group", "staff"), Tri::True);
    assert_eq!(within("hackai/user", "bob", "group", "staff"), Tri::False);
    assert_eq!(within("hackai/user", "mallory", "group", "staff"), Tri::Unknown);
    assert_eq!(within("hackai/incidents", "inc-1", "hackai/folder", "plans"), Tri::True);
    assert_eq!(within("hackai/folder", "plans", "hackai/folder", "secret"), Tri::False);
    assert_eq!(within("organization", "acme/security", "organization", "acme"), Tri::True);
    assert_eq!(within("organization", "acme/security", "organization", "/"), Tri::True);
    assert_eq!(within("organization", "acme2", "organization", "acme"), Tri::False);
    assert_eq!(within("organization", "/", "organization", "acme"), Tri::False);
}

#[test]
fn several_files_are_read_as_one() {
    let facts = good(&[
        "subjects: { robot: { r2: { organization: acme, in: [soc] } } }",
        "organizations: { acme: }\ngroups: { soc: }",
        "package: other\nsubjects: { robot: { c3: { roles: [{ role: hackai/viewer, scope: acme, granted_by: r, reason: r }] } } }",
    ]);
    assert_eq!(entity(&facts, "other/robot", "r2").organization, Some(symbol("acme")));
    assert_eq!(entity(&facts, "other/robot", "c3").assignments[0].role, symbol("hackai/viewer"));
}

#[test]
fn no_files_and_empty_files_are_empty_facts() {
    for facts in [good(&[]), good(&[""]), good(&["groups:\nsubjects: {user: }\n"])] {
        assert_eq!(facts.entities.len(), 1, "only `/`");
    }
}

/// A facts file in which alice holds one thing.
fn alice(field: &str, held: &str) -> String {
    format!(
        "package: hackai\norganizations: {{ acme: }}\nsubjects: {{ user: {{ alice: {{ {field}: [{held}] }} }} }}\n"
    )
}

#[test]
fn what_nobody_owns_is_not_held_personally() {
    // `viewer` reads dashboards, which have no owner; `analyst` inherits it.
    for role in ["viewer", "analyst"] {
        let role = format!("{{ role: {role}, scope: personal, granted_by: root, reason: r }}");
        let found = problems(&[&alice("roles", &role)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("P0707 "), "{found:?}");
        assert!(found[0].contains("`dashboard:read`"), "{found:?}");
        assert!(found[0].contains("<personal>"), "{found:?}");
    }
    // `closer` inherits it too, but its constraint leaves it only what somebody owns, and so what its heir inherits.
    for role in ["closer", "closing_heir"] {
        let role = format!("{{ role: {role}, scope: personal, granted_by: root, reason: r }}");
        assert_eq!(entity(&good(&[&alice("roles", &role)]), "hackai/user", "alice").assignments.len(), 1);
    }
    let grant = "{ permission: dashboard:read, scope: personal, granted_by: root, reason: r }";
    assert_eq!(
        problems(&[&alice("grants", grant)]),
        [
            "P0707 a grant can't be held personally, because `dashboard:read` is about resources that nobody owns \
          <personal> declare an `owner` on `dashboard`, or give an organization's path as the scope"
        ]
    );
}
