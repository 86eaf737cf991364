//! What a generated policy set declares: packages, types, attributes, networks, windows, roles.

use fastrand::Rng;
use portcullis::model::Symbol;

use super::targets::permission;

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
    /// A type by its qualified name, or `group` or `organization`.
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
    pub(super) package: &'static str,
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
    /// The packages whose names it may use besides.
    pub(super) imports: Vec<&'static str>,
    /// Permissions and permission sets of those packages, and their roles.
    pub(super) foreign_targets: Vec<String>,
    pub(super) foreign_roles: Vec<String>,
    pub(super) types: Vec<EntityType>,
    pub(super) organization: Vec<Attribute>,
    pub(super) context: Vec<Attribute>,
    pub(super) action: Vec<Attribute>,
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
    /// Packages of these names, some of which import others.
    pub(super) fn generate(rng: &mut Rng, names: &[&'static str]) -> Vec<Package> {
        let types: Vec<Vec<EntityType>> = names.iter().map(|name| types(rng, name)).collect();
        let mut packages: Vec<Package> = Vec::new();
        for (name, own) in names.iter().zip(&types) {
            let imports: Vec<&'static str> =
                names.iter().copied().filter(|other| other != name && rng.u8(..3) > 0).collect();
            let others: Vec<&EntityType> =
                types.iter().flatten().filter(|ty| imports.contains(&ty.package)).collect();
            let package = Package::one(rng, name, own.clone(), &others, imports, &packages);
            packages.push(package);
        }
        // Rules may use what any package declares, sets and roles only what packages before theirs do.
        let all = packages.clone();
        for package in &mut packages {
            let imported = || all.iter().filter(|other| package.imports.contains(&other.name));
            package.foreign_roles = imported().flat_map(Package::roles_from_outside).collect();
            package.foreign_targets = imported().flat_map(|other| other.targets_from_outside(rng)).collect();
        }
        packages
    }

    fn one(
        rng: &mut Rng,
        name: &'static str,
        mut types: Vec<EntityType>,
        others: &[&EntityType],
        imports: Vec<&'static str>,
        before: &[Package],
    ) -> Package {
        let names: Vec<&'static str> = types.iter().map(|ty| ty.name).collect();
        let place = record(rng, name, &names, 1);
        for ty in &mut types {
            // Mostly all types declare it alike.
            let own = if rng.u8(..6) == 0 { record(rng, name, &names, 1) } else { place.clone() };
            ty.attributes = attributes(rng, ty, &names, others, own);
        }
        let earlier = || before.iter().filter(|other| imports.contains(&other.name));
        let foreign_targets: Vec<String> =
            earlier().flat_map(|other| other.targets_from_outside(rng)).collect();
        let foreign_roles: Vec<String> = earlier().flat_map(Package::roles_from_outside).collect();
        let sets = sets(rng, &types, &foreign_targets);
        let roles = roles(rng, &types, &sets, &foreign_targets, &foreign_roles);
        let user = qualified(name, "user");
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
            ("acting_for", Kind::Entity(user)),
            ("device", record(rng, name, &names, 2)),
        ];
        let context = context
            .into_iter()
            .filter(|(_, kind)| *kind != Kind::Entity(user) || names.contains(&"user"))
            .filter(|_| rng.u8(..10) < 8)
            .collect::<Vec<_>>();
        let action = [
            ("soft", Kind::Bool),
            ("count", Kind::Int),
            ("fields", Kind::Set(Box::new(Kind::String))),
            ("target", record(rng, name, &names, 2)),
        ];
        let action: Vec<_> = action.into_iter().filter(|_| rng.u8(..10) < 5).collect();
        Package {
            name,
            imports,
            foreign_targets,
            foreign_roles,
            sets,
            roles,
            organization: organization(rng, name),
            context: context.into_iter().map(|(name, kind)| attribute(rng, name, kind)).collect(),
            action: action.into_iter().map(|(name, kind)| attribute(rng, name, kind)).collect(),
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

    pub(super) fn type_named(&self, name: &str) -> Option<&EntityType> {
        self.types.iter().find(|ty| ty.name == name)
    }
}

impl EntityType {
    /// `package/type`.
    pub(super) fn kind(&self) -> &'static str {
        qualified(self.package, self.name)
    }
}

/// `package/type`.
pub(super) fn qualified(package: &str, name: &str) -> &'static str {
    Symbol::intern(&format!("{package}/{name}")).text()
}

/// One of these, if there are any.
pub(super) fn pick<T>(rng: &mut Rng, from: impl IntoIterator<Item = T>) -> Option<T> {
    rng.choice(from.into_iter().collect::<Vec<T>>())
}

fn types(rng: &mut Rng, package: &'static str) -> Vec<EntityType> {
    let mut types = Vec::new();
    for (number, name) in SUBJECTS.into_iter().enumerate() {
        if number == 0 || rng.u8(..3) > 0 {
            let is_resource = rng.u8(..3) == 0;
            types.push(entity_type(rng, package, name, true, is_resource));
        }
    }
    let count = rng.usize(2..=RESOURCES.len());
    for name in RESOURCES.into_iter().take(count) {
        types.push(entity_type(rng, package, name, false, true));
    }
    types
}

fn entity_type(
    rng: &mut Rng,
    package: &'static str,
    name: &'static str,
    is_subject: bool,
    is_resource: bool,
) -> EntityType {
    let count = if is_resource { rng.usize(1..=ACTIONS.len()) } else { 0 };
    EntityType {
        package,
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
fn attributes(
    rng: &mut Rng,
    ty: &EntityType,
    types: &[&'static str],
    others: &[&EntityType],
    place: Kind,
) -> Vec<Attribute> {
    let set = |kind| Kind::Set(Box::new(kind));
    let own = |name| Kind::Entity(qualified(ty.package, name));
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
        pool.extend([("manager", own("user")), ("readers", set(own("user")))]);
    }
    if types.contains(&"folder") {
        pool.push(("container", own("folder")));
    }
    if let Some(other) = rng.choice(others) {
        pool.extend([("partner", Kind::Entity(other.kind())), ("partners", set(Kind::Entity(other.kind())))]);
    }
    let stranger = rng.choice(others).filter(|other| other.is_subject && rng.bool());
    let mut chosen = Vec::new();
    if ty.is_resource && rng.u8(..10) < 7 {
        let owner = match rng.u8(..12) {
            0 => Kind::String,
            1 => Kind::Entity("group"),
            2 if types.contains(&"service") => own("service"),
            _ => stranger.map_or_else(|| own("user"), |other| Kind::Entity(other.kind())),
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
fn record(rng: &mut Rng, package: &str, types: &[&'static str], depth: usize) -> Kind {
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
        pool.push(("owner", Kind::Entity(qualified(package, "user"))));
    }
    if depth < 4 && rng.usize(..depth) == 0 {
        pool.push(("inner", record(rng, package, types, depth + 1)));
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
    let contract = record(rng, package, &[], 3);
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
fn roles(
    rng: &mut Rng,
    types: &[EntityType],
    sets: &[(String, Vec<String>)],
    foreign_targets: &[String],
    foreign_roles: &[String],
) -> Vec<Role> {
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
        let mut parents = rng.choose_multiple(roles.iter().map(|role| role.name.clone()), count);
        if rng.u8(..6) == 0 {
            parents.extend(rng.choice(foreign_roles).cloned());
        }
        let permissions =
            (0..rng.usize(..3)).map(|_| permission(rng, &resources, sets, foreign_targets)).collect();
        roles.push(Role { name: format!("r{number}"), parents, permissions });
    }
    // A role may be declared after its heirs.
    rng.shuffle(&mut roles);
    roles
}

fn sets(rng: &mut Rng, types: &[EntityType], foreign: &[String]) -> Vec<(String, Vec<String>)> {
    let resources: Vec<&EntityType> = types.iter().filter(|ty| ty.is_resource).collect();
    let mut sets: Vec<(String, Vec<String>)> = Vec::new();
    for number in 0..rng.usize(..4) {
        let targets = (0..rng.usize(1..4)).map(|_| permission(rng, &resources, &sets, foreign)).collect();
        sets.push((format!("p{number}"), targets));
    }
    sets
}
