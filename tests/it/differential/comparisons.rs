//! Comparisons of what may be read with something of its type.

use fastrand::Rng;

use super::expressions::{Flow, Parameter};
use super::vocabulary::{Attribute, EntityType, Kind, Package, Placement, ZONES, pick};
use super::written::{called, word};

/// A path that may be read here.
#[derive(Clone)]
pub(super) struct Readable {
    pub(super) text: String,
    pub(super) kind: Kind,
    /// Its last attribute may be absent, and nothing has asked whether it is.
    pub(super) optional: bool,
    /// How many steps it takes, or may take once something is put in.
    pub(super) steps: usize,
}

pub(super) const GROUPS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];
pub(super) const IDS: [&str; 6] = ["e0", "e1", "e2", "e3", "e4", "e5"];
pub(super) const ORGANIZATIONS: [&str; 7] =
    ["/", "acme", "acme/sec", "acme/sec/lab", "globex", "globex/ops", "initech"];
pub(super) const TIMES: [&str; 8] =
    ["00:00", "00:30", "01:30", "02:30:00", "09:00", "17:30:15", "23:59:59", "12:00"];
pub(super) const DURATIONS: [&str; 7] = ["0s", "90s", "15m", "1h", "2h30m", "1d", "30d"];
/// Some of them are instants at which clocks change.
const INSTANTS: [&str; 5] = [
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00Z",
    "2026-03-08T02:00:00-05:00",
    "2026-10-04T02:00:00+10:30",
    "2026-07-01T12:00:00.5Z",
];
const DATES: [&str; 6] = ["2026-03-29", "2026-10-25", "2026-03-08", "2026-10-04", "2024-02-29", "2026-12-31"];
pub(super) const WORDS: [&str; 7] = ["red", "green", "blue", "grey", "mauve", "red/grey", "blue/green/red"];
const GLOBS: [&str; 9] = ["*", "**", "gr*", "*e*", "*/gr*", "**/red", "**e**", "re*d", "r\\\\*d"];
const PATTERNS: [&str; 8] =
    ["()", "red|gr.*", "[a-g]+", "(?i)RED", "[^/]*", "(.*/)?red", "(\\\\w{3,5}/?)*", "\\\\bgre.*y$"];
pub(super) const NUMBERS: [i64; 6] = [-3, 0, 1, 2, 5, 7];

impl Flow<'_> {
    pub(super) fn resource_within(&self, rng: &mut Rng) -> String {
        let nameable = self.resources.iter().copied().filter(|ty| self.can_name(ty.kind()));
        let ty = pick(rng, nameable).unwrap_or_else(|| self.package.resources().next().unwrap());
        let kind = called(ty.kind(), self.package.name);
        format!("resource in {kind}(\"{}\")", rng.choice(IDS).unwrap())
    }

    /// A comparison that reads this path.
    pub(super) fn about(&self, rng: &mut Rng, path: &Readable) -> String {
        let text = match (path.optional, self.literal(rng, &path.kind)) {
            (false, _) => path.text.clone(),
            (true, Some(literal)) if rng.u8(..3) > 0 => format!("{} or_else {literal}", path.text),
            (true, _) => return format!("has {}", path.text),
        };
        match &path.kind {
            Kind::Bool => match rng.u8(..4) {
                0 => format!("{text} == {}", rng.bool()),
                1 => format!("{text} != true"),
                _ => text,
            },
            Kind::Int if rng.u8(..3) == 0 => {
                let operator = rng.choice(["==", "!=", "<", "<=", ">", ">="]).unwrap();
                format!("{} {operator} {}", self.sum(rng, path, &text), self.partner(rng, path))
            }
            Kind::Int => {
                let operator = rng.choice(["==", "!=", "<", "<=", ">", ">="]).unwrap();
                let other = self.partner(rng, path);
                match rng.u8(..4) {
                    0 => format!("{text} in {}", self.literal(rng, &Kind::Set(Box::new(Kind::Int))).unwrap()),
                    1 => format!("{} {operator} {text}", rng.choice(NUMBERS).unwrap()),
                    _ => format!("{text} {operator} {other}"),
                }
            }
            Kind::String => match rng.u8(..6) {
                4 => format!("{text} like \"{}\"", rng.choice(GLOBS).unwrap()),
                5 => format!("{text} matches \"{}\"", rng.choice(PATTERNS).unwrap()),
                0 => format!("{text} in {}", self.literal(rng, &Kind::Set(Box::new(Kind::String))).unwrap()),
                1 => format!("{text} != {}", self.partner(rng, path)),
                _ => format!("{text} == {}", self.partner(rng, path)),
            },
            Kind::Ip => format!("{text} in {}", self.network(rng)),
            Kind::Network => match self.like(rng, path).filter(|_| rng.u8(..3) == 0) {
                Some(other) => format!("{text} {} {other}", rng.choice(["==", "!="]).unwrap()),
                None => self.address_in(rng, &text).unwrap_or_else(|| format!("{text} == {text}")),
            },
            Kind::Instant => {
                let operator = rng.choice(["<", "<=", ">", ">="]).unwrap();
                match rng.u8(..6) {
                    0 | 1 => return self.clock_test(rng, &text, operator),
                    2 => {
                        return format!(
                            "{} {operator} {}",
                            self.sum(rng, path, &text),
                            self.partner(rng, path)
                        );
                    }
                    3 => return self.difference(rng, path, &text, operator),
                    _ => {}
                }
                let other = rng.bool().then(|| self.partner(rng, path)).filter(|other| *other != path.text);
                match other.filter(|_| rng.bool()) {
                    Some(other) => format!("{text} {} {other}", rng.choice([operator, "==", "!="]).unwrap()),
                    None if rng.bool() => format!("now {operator} {text}"),
                    None => format!("{text} {operator} now"),
                }
            }
            Kind::Date | Kind::Time | Kind::Duration => {
                let operator = rng.choice(["==", "!=", "<", "<=", ">", ">="]).unwrap();
                if path.kind != Kind::Duration && rng.u8(..3) == 0 {
                    let zone = rng.choice(ZONES).unwrap();
                    let clock = format!("{}(now, {zone})", path.kind.text(""));
                    let other = if rng.bool() { text } else { self.literal(rng, &path.kind).unwrap() };
                    let (left, right) = if rng.bool() { (clock, other) } else { (other, clock) };
                    return format!("{left} {operator} {right}");
                }
                match rng.u8(..6) {
                    4 if path.kind == Kind::Date => self.difference(rng, path, &text, operator),
                    4 | 5 if path.kind != Kind::Time => {
                        format!("{} {operator} {}", self.sum(rng, path, &text), self.partner(rng, path))
                    }
                    0 => format!(
                        "{text} in {}",
                        self.literal(rng, &Kind::Set(Box::new(path.kind.clone()))).unwrap()
                    ),
                    1 => format!("{} {operator} {text}", self.literal(rng, &path.kind).unwrap()),
                    _ => format!("{text} {operator} {}", self.partner(rng, path)),
                }
            }
            Kind::Record(_) => format!("has {text}"),
            Kind::Entity(name) => self.about_entity(rng, path, &text, name),
            Kind::Set(element) => self.about_set(rng, path, &text, element),
        }
    }

    /// Some address in a network or a set of networks, if there is an address.
    pub(super) fn address_in(&self, rng: &mut Rng, networks: &str) -> Option<String> {
        let path = Readable { text: String::new(), kind: Kind::Ip, optional: false, steps: 0 };
        Some(format!("{} in {networks}", self.like(rng, &path)?))
    }

    /// A literal of this type, if the language has one.
    pub(super) fn literal(&self, rng: &mut Rng, kind: &Kind) -> Option<String> {
        literal(rng, kind, self.package.name)
    }

    /// Something of the path's type with the path in it.
    fn sum(&self, rng: &mut Rng, path: &Readable, text: &str) -> String {
        let sign = rng.choice(["+", "-"]).unwrap();
        match path.kind {
            Kind::Int => {
                const ENDS: [&str; 2] = ["9223372036854775807", "-9223372036854775808"];
                let end = (rng.u8(..4) == 0).then(|| rng.choice(ENDS).unwrap().to_owned());
                let other = end.unwrap_or_else(|| self.partner(rng, path));
                match rng.u8(..4) {
                    0 => format!("{other} {sign} {text} * {}", self.partner(rng, path)),
                    1 => format!("({text} {sign} {other}) * 2"),
                    2 => format!("{text} * {other} {sign} 1"),
                    _ => format!("{text} {sign} {other}"),
                }
            }
            Kind::Date => match rng.u8(..4) {
                // Which is not always whole days.
                0 => format!("{text} {sign} ({} {sign} 1d)", self.duration(rng)),
                1 => format!("30d + {text}"),
                2 => format!("{text} {sign} 36500d {sign} 36500d"),
                _ => format!("{text} {sign} {}", rng.choice(["1d", "30d", "24h"]).unwrap()),
            },
            _ => match rng.u8(..3) {
                0 => format!("{} + {text}", self.duration(rng)),
                1 => format!("{text} - {} + {}", self.duration(rng), self.duration(rng)),
                _ => format!("{text} {sign} {}", self.duration(rng)),
            },
        }
    }

    /// The time between two instants or dates.
    fn difference(&self, rng: &mut Rng, path: &Readable, text: &str, operator: &str) -> String {
        let other = self.partner(rng, path);
        if rng.bool() {
            format!("{text} - {other} {operator} {}", self.duration(rng))
        } else {
            format!("{} {operator} {other} - {text}", self.duration(rng))
        }
    }

    /// `now` and a duration against an instant.
    fn clock_test(&self, rng: &mut Rng, text: &str, operator: &str) -> String {
        let duration = match rng.u8(..4) {
            0 => format!("({} - {})", self.duration(rng), self.duration(rng)),
            _ => self.duration(rng),
        };
        match rng.u8(..4) {
            0 => format!("now + {duration} {operator} {text}"),
            1 => format!("{text} {operator} {duration} + now"),
            2 => format!("{text} {operator} now - {duration}"),
            _ => format!("now - {duration} {operator} {text} + {}", self.duration(rng)),
        }
    }

    /// A duration: one that can be read here, or a literal.
    fn duration(&self, rng: &mut Rng) -> String {
        let readable = |other: &Readable| other.kind == Kind::Duration && !other.optional;
        let path = pick(rng, self.paths().into_iter().filter(readable)).filter(|_| rng.bool());
        path.map_or_else(|| self.literal(rng, &Kind::Duration).unwrap(), |path| path.text)
    }

    fn about_entity(&self, rng: &mut Rng, path: &Readable, text: &str, name: &'static str) -> String {
        let parties = [("subject", &self.subjects), ("resource", &self.resources)];
        // Which resource types there are differs from rule to rule, and of subjects too where it may be used anywhere.
        let is_subject_known = self.parameters.is_empty() || self.subjects.len() == 1;
        let parties =
            parties.into_iter().take(if self.in_definition { usize::from(is_subject_known) } else { 2 });
        let party = pick(rng, parties.filter(|(_, types)| types.iter().any(|ty| ty.kind() == name)));
        let operator = if rng.u8(..3) == 0 { "!=" } else { "==" };
        match (rng.u8(..8), party) {
            (0..=3, Some((party, _))) if rng.bool() => format!("{text} {operator} {party}"),
            (0..=3, Some((party, _))) => format!("{party} {operator} {text}"),
            (4, _) if name != "organization" => format!("{text} in {}", group(rng)),
            (5, _) => {
                let set: Vec<String> =
                    (0..rng.usize(1..3)).map(|_| self.literal(rng, &path.kind).unwrap()).collect();
                format!("{text} in [{}]", set.join(", "))
            }
            (6, _) => format!("{text} in {}", self.literal(rng, &path.kind).unwrap()),
            _ => format!("{text} {operator} {}", self.partner(rng, path)),
        }
    }

    /// A literal or another path of the same type.
    pub(super) fn partner(&self, rng: &mut Rng, path: &Readable) -> String {
        let other = self.like(rng, path).filter(|_| rng.u8(..3) == 0);
        other.or_else(|| self.literal(rng, &path.kind)).unwrap_or_else(|| path.text.clone())
    }

    /// Another path of the same type that may be read.
    pub(super) fn like(&self, rng: &mut Rng, path: &Readable) -> Option<String> {
        let same = |other: &Readable| other.kind == path.kind && !other.optional && other.text != path.text;
        pick(rng, self.paths().into_iter().filter(same)).map(|other| other.text)
    }

    /// Everything that may be read here, through at most three attributes.
    pub(super) fn paths(&self) -> Vec<Readable> {
        let mut paths = Vec::new();
        self.parameter_paths(&mut paths);
        for (name, kind) in &self.variables {
            if let Kind::Entity(ty) = kind {
                self.follow(name, &self.attributes(ty), 1, &mut paths);
            }
            paths.push(Readable { text: name.clone(), kind: kind.clone(), optional: false, steps: 0 });
        }
        if self.is_closed {
            return paths;
        }
        let mut subject = common(&self.subjects);
        subject.push(organization());
        let mut resource = common(&self.resources);
        if self.resources.iter().all(|ty| ty.placement == Placement::Organization) {
            resource.push(organization());
        }
        let context = self.declared_alike(|package| &package.context);
        let action = self.declared_alike(|package| &package.action);
        let roots =
            [("subject", &subject), ("resource", &resource), ("context", &context), ("action", &action)];
        for (root, attributes) in roots {
            self.follow(root, attributes, 1, &mut paths);
        }
        paths
    }

    /// What all packages declare alike that the resource may be of.
    fn declared_alike<'p>(&'p self, declared: impl Fn(&'p Package) -> &'p [Attribute]) -> Vec<Attribute> {
        alike(&self.homes().into_iter().map(declared).collect::<Vec<_>>())
    }

    fn parameter_paths(&self, paths: &mut Vec<Readable>) {
        for parameter in &self.parameters {
            let steps = 3 - parameter.reach;
            let (text, kind) = (parameter.name.to_owned(), parameter.kind.clone());
            if let (Kind::Entity(name), 1..) = (&kind, parameter.reach) {
                self.follow(&text, &self.attributes(name), steps + 1, paths);
            }
            paths.push(Readable { text, kind, optional: false, steps });
        }
    }

    /// What an entity of this type has.
    fn attributes(&self, kind: &str) -> Vec<Attribute> {
        if kind == "organization" {
            // Which package's resources it is used for can't be known.
            let is_unknown = self.is_closed;
            return if is_unknown {
                Vec::new()
            } else {
                self.declared_alike(|package| &package.organization)
            };
        }
        let mut types = self.packages.iter().flat_map(|package| &package.types);
        let Some(ty) = types.find(|ty| ty.kind() == kind) else { return Vec::new() };
        let mut attributes = ty.attributes.clone();
        if ty.is_subject || ty.placement == Placement::Organization {
            attributes.push(organization());
        }
        attributes
    }

    /// Something to put in for a parameter.
    pub(super) fn argument(&self, rng: &mut Rng, parameter: &Parameter) -> Option<String> {
        let mut possible = Vec::new();
        if let Kind::Entity(name) = parameter.kind {
            let is_surely = |types: &[&EntityType]| types.iter().all(|ty| ty.kind() == name);
            // Which resource types there are differs from rule to rule.
            let parties = [("subject", &self.subjects), ("resource", &self.resources)];
            let parties = parties.into_iter().take(if self.in_definition { 1 } else { 2 });
            possible.extend(parties.filter(|(_, types)| is_surely(types)).map(|(party, _)| party.to_owned()));
        }
        let fits = |path: &Readable| {
            path.kind == parameter.kind && !path.optional && path.steps + parameter.reach <= 3
        };
        possible.extend(self.paths().into_iter().filter(fits).map(|path| path.text));
        let literal = self.literal(rng, &parameter.kind);
        let is_followed = parameter.reach > 0 && matches!(parameter.kind, Kind::Entity(_));
        if let (Some(literal), false) = (literal, is_followed) {
            if let (Some(path), Kind::Int) = (rng.choice(&possible), &parameter.kind) {
                possible.push(format!("{path} + {literal}"));
            }
            possible.push(literal);
        }
        pick(rng, possible)
    }

    fn follow(&self, before: &str, attributes: &[Attribute], step: usize, paths: &mut Vec<Readable>) {
        for attribute in attributes {
            let text = format!("{before}.{}", word(attribute.name));
            let optional = attribute.optional && !self.present.contains(&text);
            if !optional && (step < 3 || matches!(attribute.kind, Kind::Record(_))) {
                match attribute.kind {
                    Kind::Entity(name) => {
                        self.follow(&text, &self.attributes(name), step + 1, paths);
                    }
                    // No step to another entity.
                    Kind::Record(ref members) => self.follow(&text, members, step, paths),
                    Kind::Bool
                    | Kind::Int
                    | Kind::String
                    | Kind::Ip
                    | Kind::Network
                    | Kind::Instant
                    | Kind::Date
                    | Kind::Time
                    | Kind::Duration
                    | Kind::Set(_) => {}
                }
            }
            let element = if let Kind::Set(element) = &attribute.kind { element } else { &attribute.kind };
            // What can't be named can be followed all the same.
            if !matches!(element, Kind::Entity(kind) if !self.can_name(kind)) {
                paths.push(Readable { text, kind: attribute.kind.clone(), optional, steps: step });
            }
        }
    }
}

fn organization() -> Attribute {
    Attribute { name: "organization", kind: Kind::Entity("organization"), optional: false }
}

/// What all of these declare alike; optional if one of them says so.
fn common(types: &[&EntityType]) -> Vec<Attribute> {
    alike(&types.iter().map(|ty| ty.attributes.as_slice()).collect::<Vec<_>>())
}

fn alike(declared: &[&[Attribute]]) -> Vec<Attribute> {
    let Some((first, others)) = declared.split_first() else { return Vec::new() };
    let mut common = Vec::new();
    for attribute in *first {
        let same: Option<Vec<&Attribute>> = others
            .iter()
            .map(|attributes| {
                let found = attributes.iter().find(|other| other.name == attribute.name)?;
                (found.kind == attribute.kind).then_some(found)
            })
            .collect();
        if let Some(same) = same {
            let optional = attribute.optional || same.iter().any(|other| other.optional);
            common.push(Attribute { optional, ..attribute.clone() });
        }
    }
    common
}

/// Something that subjects may be in.
pub(super) fn group(rng: &mut Rng) -> String {
    let one = |rng: &mut Rng| format!("group(\"{}\")", rng.choice(GROUPS).unwrap());
    match rng.u8(..4) {
        0 => format!("[{}, {}]", one(rng), one(rng)),
        _ => one(rng),
    }
}

/// A literal of this type, if the language has one.
fn literal(rng: &mut Rng, kind: &Kind, package: &str) -> Option<String> {
    let text = match kind {
        Kind::Bool => rng.bool().to_string(),
        Kind::Int => rng.choice(NUMBERS)?.to_string(),
        Kind::String => format!("\"{}\"", rng.choice(WORDS)?),
        Kind::Ip | Kind::Network | Kind::Record(_) => return None,
        Kind::Instant => rng.choice(INSTANTS)?.to_owned(),
        Kind::Date => rng.choice(DATES)?.to_owned(),
        Kind::Time => rng.choice(TIMES)?.to_owned(),
        Kind::Duration => rng.choice(DURATIONS)?.to_owned(),
        Kind::Entity("group") => format!("group(\"{}\")", rng.choice(GROUPS)?),
        Kind::Entity("organization") => format!("organization(\"{}\")", rng.choice(ORGANIZATIONS)?),
        Kind::Entity(kind) => format!("{}(\"{}\")", called(kind, package), rng.choice(IDS)?),
        Kind::Set(element) => {
            let items: Option<Vec<String>> =
                (0..rng.usize(1..4)).map(|_| literal(rng, element, package)).collect();
            format!("[{}]", items?.join(", "))
        }
    };
    Some(text)
}
