//! What a generated policy set declares: packages, types, attributes, networks, windows, roles.

use std::fmt::Write as _;

use fastrand::Rng;

/// The type of an attribute, as a package writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    Bool,
    Int,
    String,
    Ip,
    Network,
    Instant,
    Date,
    Time,
    Duration,
    /// A type of the same package by its bare name, or `group` or `organization`.
    Entity(&'static str),
    Set(Box<Kind>),
    Record(Vec<Attribute>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placement {
    Root,
    Shared,
    Organization,
}

#[derive(Debug, Clone)]
pub(super) struct EntityType {
    pub(super) name: &'static str,
    pub(super) is_subject: bool,
    pub(super) is_resource: bool,
    pub(super) placement: Placement,
    pub(super) attributes: Vec<Attribute>,
    pub(super) actions: Vec<&'static str>,
}

#[derive(Debug, Clone)]
pub(super) struct Package {
    pub(super) name: &'static str,
    pub(super) types: Vec<EntityType>,
    pub(super) organization: Vec<Attribute>,
    pub(super) context: Vec<Attribute>,
    pub(super) networks: Vec<String>,
    /// Name and text, from the first span to the zone.
    pub(super) windows: Vec<(String, String)>,
    /// Name and what it holds; a later one may hold earlier ones.
    pub(super) sets: Vec<(String, Vec<String>)>,
    pub(super) roles: Vec<Role>,
}

#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) name: String,
    pub(super) parents: Vec<String>,
    pub(super) permissions: Vec<String>,
}

/// A few of the zones whose clocks change in unusual ways, and some that don't change.
pub(super) const ZONES: [&str; 10] = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "America/St_Johns",
    "Pacific/Apia",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "UTC",
];

const ACTIONS: [&str; 4] = ["read", "write", "s3:Close", "manage"];
const SUBJECTS: [&str; 2] = ["user", "service"];
const RESOURCES: [&str; 4] = ["doc", "s3-bucket", "folder", "ticket"];
const NETWORKS: [&str; 6] =
    ["10.0.0.0/8", "192.168.0.0/16", "192.168.7.0/24", "203.0.113.7", "2001:db8::/32", "fd00::1"];

impl Package {
    pub(super) fn generate(rng: &mut Rng, name: &'static str) -> Package {
        let types = types(rng);
        let names: Vec<&'static str> = types.iter().map(|ty| ty.name).collect();
        let place = record(rng, &names, 1);
        let mut types = types;
        for ty in &mut types {
            // Mostly all types declare it alike.
            let own = if rng.u8(..6) == 0 { record(rng, &names, 1) } else { place.clone() };
            ty.attributes = attributes(rng, ty, &names, own);
        }
        let sets = sets(rng, &types);
        let roles = roles(rng, &types, &sets);
        let context = [
            ("ip", Kind::Ip),
            ("trusted", Kind::Bool),
            ("country", Kind::String),
            ("risk", Kind::Int),
            ("signed_in", Kind::Instant),
            ("today", Kind::Date),
            ("clock", Kind::Time),
            ("idle", Kind::Duration),
            ("device_tags", Kind::Set(Box::new(Kind::String))),
            ("acting_for", Kind::Entity("user")),
            ("device", record(rng, &names, 2)),
        ];
        let context = context
            .into_iter()
            .filter(|(_, kind)| *kind != Kind::Entity("user") || names.contains(&"user"))
            .filter(|_| rng.u8(..10) < 8)
            .collect::<Vec<_>>();
        Package {
            name,
            sets,
            roles,
            organization: organization(rng, name),
            context: context.into_iter().map(|(name, kind)| attribute(rng, name, kind)).collect(),
            networks: networks(rng),
            windows: (0..rng.usize(1..4)).map(|number| (format!("w{number}"), window(rng))).collect(),
            types,
        }
    }

    pub(super) fn subjects(&self) -> impl Iterator<Item = &EntityType> {
        self.types.iter().filter(|ty| ty.is_subject)
    }

    pub(super) fn resources(&self) -> impl Iterator<Item = &EntityType> {
        self.types.iter().filter(|ty| ty.is_resource)
    }

    /// Whether a permission as it is written, or one of a permission set, is about resources of this type.
    pub(super) fn is_about(&self, target: &str, ty: &EntityType) -> bool {
        match target.split_once(':') {
            Some(("*", "*")) => true,
            Some(("*", wanted)) => ty.actions.iter().any(|action| word(action) == wanted),
            Some((name, _)) => name == word(ty.name),
            None => self.sets.iter().any(|(name, targets)| {
                name == target && targets.iter().any(|target| self.is_about(target, ty))
            }),
        }
    }

    pub(super) fn type_named(&self, name: &str) -> Option<&EntityType> {
        self.types.iter().find(|ty| ty.name == name)
    }

    /// The permissions that a target stands for, as type and action.
    pub(super) fn meant(&self, target: &str) -> Vec<(&'static str, &'static str)> {
        let Some((name, actions)) = target.split_once(':') else {
            let set = self.sets.iter().find(|(name, _)| name == target);
            return set
                .into_iter()
                .flat_map(|(_, targets)| targets)
                .flat_map(|part| self.meant(part))
                .collect();
        };
        let mut meant = Vec::new();
        for ty in self.resources().filter(|ty| name == "*" || name == word(ty.name)) {
            let actions: Vec<&str> = actions.trim_matches(['{', '}']).split(", ").collect();
            let is_meant = |action: &&str| actions.contains(&"*") || actions.contains(&word(action).as_str());
            meant.extend(ty.actions.iter().copied().filter(is_meant).map(|action| (ty.name, action)));
        }
        meant
    }

    /// The declarations, without roles and rules.
    pub(super) fn text(&self, rng: &mut Rng) -> String {
        let mut text = format!("/// Made up.\npackage {}\n\n", self.name);
        for ty in &self.types {
            type_text(&mut text, rng, ty);
        }
        if !self.organization.is_empty() {
            let _ = writeln!(text, "organization {{ {} }}", attribute_texts(rng, &self.organization));
        }
        if !self.context.is_empty() {
            let _ = writeln!(text, "context {{ {} }}", attribute_texts(rng, &self.context));
        }
        for (number, network) in self.networks.iter().enumerate() {
            let _ = writeln!(text, "{}network n{number} = {network}", annotation(rng));
        }
        for (name, window) in &self.windows {
            let _ = writeln!(text, "{}window {name} = {window}", annotation(rng));
        }
        for (name, targets) in &self.sets {
            let _ = writeln!(text, "{}permissions {name} = {}", annotation(rng), targets.join(", "));
        }
        text
    }
}

impl Kind {
    pub(super) fn text(&self) -> String {
        match self {
            Kind::Bool => "bool".to_owned(),
            Kind::Int => "int".to_owned(),
            Kind::String => "string".to_owned(),
            Kind::Ip => "ip".to_owned(),
            Kind::Network => "network".to_owned(),
            Kind::Instant => "instant".to_owned(),
            Kind::Date => "date".to_owned(),
            Kind::Time => "time".to_owned(),
            Kind::Duration => "duration".to_owned(),
            Kind::Entity(name) => word(name),
            Kind::Set(element) => format!("set of {}", element.text()),
            Kind::Record(members) => {
                let members: Vec<String> = members.iter().map(Attribute::text).collect();
                format!("record {{ {} }}", members.join(", "))
            }
        }
    }
}

impl Attribute {
    fn text(&self) -> String {
        let optional = if self.optional { "?" } else { "" };
        format!("{}{optional}: {}", word(self.name), self.kind.text())
    }
}

/// A name as policies write it: in quotes if it is no identifier.
pub(super) fn word(name: &str) -> String {
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { name.to_owned() } else { format!("\"{name}\"") }
}

/// Something that decides nothing.
pub(super) fn annotation(rng: &mut Rng) -> &'static str {
    if rng.u8(..4) == 0 { "@note(\"made up\")\n" } else { "" }
}

fn type_text(text: &mut String, rng: &mut Rng, ty: &EntityType) {
    // A type that is both may keep its attributes with either declaration.
    let split = match (ty.is_subject, ty.is_resource) {
        (true, false) => ty.attributes.len(),
        (false, _) => 0,
        (true, true) => rng.usize(..=ty.attributes.len()),
    };
    let (own, more) = ty.attributes.split_at(split);
    let on_subject = rng.bool();
    if ty.is_subject {
        text.push_str(if on_subject { annotation(rng) } else { "" });
        let _ = writeln!(text, "subject {} {{ {} }}", word(ty.name), attribute_texts(rng, own));
    }
    if ty.is_resource {
        let placement = match ty.placement {
            Placement::Root => "",
            Placement::Shared => " shared",
            Placement::Organization => " in organization",
        };
        text.push_str(if on_subject { "" } else { annotation(rng) });
        let _ = writeln!(text, "resource {}{placement} {{", word(ty.name));
        let _ = writeln!(text, "  {}", attribute_texts(rng, more));
        let actions: Vec<String> = ty.actions.iter().map(|action| word(action)).collect();
        let _ = writeln!(text, "  actions {}\n}}", actions.join(", "));
    }
}
/// One of these, if there are any.
pub(super) fn pick<T>(rng: &mut Rng, from: impl IntoIterator<Item = T>) -> Option<T> {
    rng.choice(from.into_iter().collect::<Vec<T>>())
}

fn attribute_texts(rng: &mut Rng, attributes: &[Attribute]) -> String {
    let texts: Vec<String> = attributes.iter().map(Attribute::text).collect();
    texts.join(if rng.bool() { ", " } else { "\n  " })
}

fn types(rng: &mut Rng) -> Vec<EntityType> {
    let mut types = Vec::new();
    for (number, name) in SUBJECTS.into_iter().enumerate() {
        if number == 0 || rng.u8(..3) > 0 {
            let is_resource = rng.u8(..3) == 0;
            types.push(entity_type(rng, name, true, is_resource));
        }
    }
    let count = rng.usize(2..=RESOURCES.len());
    for name in RESOURCES.into_iter().take(count) {
        types.push(entity_type(rng, name, false, true));
    }
    types
}

fn entity_type(rng: &mut Rng, name: &'static str, is_subject: bool, is_resource: bool) -> EntityType {
    let count = if is_resource { rng.usize(1..=ACTIONS.len()) } else { 0 };
    EntityType {
        name,
        is_subject,
        is_resource,
        placement: match rng.u8(..6) {
            0 => Placement::Root,
            1 => Placement::Shared,
            _ => Placement::Organization,
        },
        attributes: Vec::new(),
        actions: ACTIONS.into_iter().take(count).collect(),
    }
}

/// Attributes whose names recur from type to type, mostly with the same type.
fn attributes(rng: &mut Rng, ty: &EntityType, types: &[&'static str], place: Kind) -> Vec<Attribute> {
    let set = |kind| Kind::Set(Box::new(kind));
    let mut pool = vec![
        ("level", if rng.u8(..6) == 0 { Kind::String } else { Kind::Int }),
        ("label", if rng.u8(..6) == 0 { set(Kind::String) } else { Kind::String }),
        ("x-severity", Kind::Int),
        ("department", Kind::String),
        ("verified", Kind::Bool),
        ("locked", if rng.u8(..6) == 0 { Kind::Int } else { Kind::Bool }),
        ("address", Kind::Ip),
        ("until", Kind::Instant),
        ("since", Kind::Instant),
        ("born", Kind::Date),
        ("due", Kind::Date),
        ("opens", Kind::Time),
        ("lasts", Kind::Duration),
        ("holidays", set(Kind::Date)),
        ("team", Kind::Entity("group")),
        ("home", Kind::Entity("organization")),
        ("tags", set(Kind::String)),
        ("ranks", set(Kind::Int)),
        ("teams", set(Kind::Entity("group"))),
        ("addresses", set(Kind::Ip)),
        ("range", Kind::Network),
        ("ranges", set(Kind::Network)),
        ("dates", set(Kind::Instant)),
        ("place", place),
    ];
    if types.contains(&"user") {
        pool.extend([("manager", Kind::Entity("user")), ("readers", set(Kind::Entity("user")))]);
    }
    if types.contains(&"folder") {
        pool.push(("container", Kind::Entity("folder")));
    }
    let mut chosen = Vec::new();
    if ty.is_resource && rng.u8(..10) < 7 {
        let owner = match rng.u8(..12) {
            0 => Kind::String,
            1 => Kind::Entity("group"),
            2 if types.contains(&"service") => Kind::Entity("service"),
            _ => Kind::Entity("user"),
        };
        chosen.push(attribute(rng, "owner", owner));
    }
    for (name, kind) in pool {
        if rng.u8(..10) < 5 {
            chosen.push(attribute(rng, name, kind));
        }
    }
    chosen
}

/// A record that stands in so many others and is one itself; its members have names that mean something elsewhere.
fn record(rng: &mut Rng, types: &[&'static str], depth: usize) -> Kind {
    let mut pool = vec![
        ("city", Kind::String),
        ("level", Kind::Int),
        ("open", Kind::Bool),
        ("organization", Kind::String),
        ("x-since", Kind::Instant),
        ("team", Kind::Entity("group")),
        ("tags", Kind::Set(Box::new(Kind::String))),
    ];
    if types.contains(&"user") {
        pool.push(("owner", Kind::Entity("user")));
    }
    if depth < 4 && rng.usize(..depth) == 0 {
        pool.push(("inner", record(rng, types, depth + 1)));
    }
    let chosen = pool.into_iter().filter(|_| rng.bool()).collect::<Vec<_>>();
    Kind::Record(chosen.into_iter().map(|(name, kind)| attribute(rng, name, kind)).collect())
}

fn attribute(rng: &mut Rng, name: &'static str, kind: Kind) -> Attribute {
    Attribute { name, kind, optional: rng.u8(..10) < 3 }
}

/// Organizations are the same for all packages, so each package declares attributes of its own.
fn organization(rng: &mut Rng, package: &str) -> Vec<Attribute> {
    let names = match package {
        "alpha" => ["features", "budget", "lead_group", "closed", "contract"],
        "beta" => ["plan", "seats", "support_group", "paused", "terms"],
        _ => return Vec::new(),
    };
    let contract = record(rng, &[], 3);
    let kinds = [Kind::Set(Box::new(Kind::String)), Kind::Int, Kind::Entity("group"), Kind::Bool, contract];
    names.into_iter().zip(kinds).map(|(name, kind)| attribute(rng, name, kind)).collect()
}

fn networks(rng: &mut Rng) -> Vec<String> {
    let network = |rng: &mut Rng| {
        let count = rng.usize(1..4);
        rng.choose_multiple(NETWORKS, count).join(", ")
    };
    (0..rng.usize(1..3)).map(|_| network(rng)).collect()
}

/// Spans with and without days, over midnight and until it, on round and on odd minutes.
fn window(rng: &mut Rng) -> String {
    let days = ["Mon-Fri ", "Sat,Sun ", "Mon-Thu,Sun ", "Wed ", "Sun ", "Tue-Wed,Fri-Sun ", "", "", ""];
    let spans: Vec<String> = (0..rng.usize(1..3))
        .map(|_| {
            let start = minute(rng);
            let end = std::iter::repeat_with(|| if rng.u8(..6) == 0 { 24 * 60 } else { minute(rng) })
                .find(|end| *end != start)
                .unwrap();
            let days = rng.choice(days).unwrap();
            format!("{days}{:02}:{:02}-{:02}:{:02}", start / 60, start % 60, end / 60, end % 60)
        })
        .collect();
    format!("{} {}", spans.join(", "), rng.choice(ZONES).unwrap())
}

fn minute(rng: &mut Rng) -> u32 {
    match rng.u8(..4) {
        0 => rng.u32(..24 * 60),
        1 => rng.u32(..4) * 60 + 30,
        _ => rng.u32(..24) * 60,
    }
}

/// Roles that inherit from one or several earlier ones.
fn roles(rng: &mut Rng, types: &[EntityType], sets: &[(String, Vec<String>)]) -> Vec<Role> {
    let resources: Vec<&EntityType> = types.iter().filter(|ty| ty.is_resource).collect();
    let mut roles: Vec<Role> = Vec::new();
    // Sometimes more than fit one machine word.
    let roles_count = if rng.u8(..8) == 0 { rng.usize(30..90) } else { rng.usize(3..8) };
    for number in 0..roles_count {
        let count = match rng.u8(..4) {
            0 => 0,
            1 | 2 => 1,
            _ => 2,
        };
        let parents = rng.choose_multiple(roles.iter().map(|role| role.name.clone()), count);
        let permissions = (0..rng.usize(..3)).map(|_| permission(rng, &resources, sets)).collect();
        roles.push(Role { name: format!("r{number}"), parents, permissions });
    }
    // A role may be declared after its heirs.
    rng.shuffle(&mut roles);
    roles
}

fn sets(rng: &mut Rng, types: &[EntityType]) -> Vec<(String, Vec<String>)> {
    let resources: Vec<&EntityType> = types.iter().filter(|ty| ty.is_resource).collect();
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    for number in 0..rng.usize(..4) {
        let targets = (0..rng.usize(1..4)).map(|_| permission(rng, &resources, &sets)).collect();
        sets.push((format!("p{number}"), targets));
    }
    sets
}

/// `doc:read`, `doc:{read, write}`, `doc:*`, `*:read`, seldom `*:*`, or a permission set.
pub(super) fn permission(rng: &mut Rng, resources: &[&EntityType], sets: &[(String, Vec<String>)]) -> String {
    if rng.u8(..6) == 0
        && let Some((name, _)) = rng.choice(sets)
    {
        return name.clone();
    }
    let ty = *rng.choice(resources).unwrap();
    let (name, action) = (word(ty.name), word(rng.choice(&ty.actions).unwrap()));
    match rng.u8(..16) {
        0 => "*:*".to_owned(),
        1 | 2 => format!("*:{action}"),
        3..=5 => format!("{name}:*"),
        6..=8 => {
            let count = rng.usize(1..=ty.actions.len());
            let actions = rng.choose_multiple(ty.actions.iter().map(|action| word(action)), count);
            format!("{name}:{{{}}}", actions.join(", "))
        }
        _ => format!("{name}:{action}"),
    }
}
