//! Conditions that check: each part knows which types the subject and the resource may be of and what is there.

use std::cell::Cell;
use std::rc::Rc;

use fastrand::Rng;

use portcullis::model::limits::QUANTIFIERS_MAX;

use super::comparisons::group;
use super::vocabulary::{EntityType, Kind, Package, pick, qualified};
use super::written::called;

/// What a condition may rely on where it stands.
#[derive(Clone)]
pub(super) struct Flow<'a> {
    pub(super) package: &'a Package,
    pub(super) packages: &'a [Package],
    pub(super) subjects: Vec<&'a EntityType>,
    pub(super) resources: Vec<&'a EntityType>,
    /// Paths that a `has` has made sure of.
    pub(super) present: Vec<String>,
    definitions: &'a [Definition],
    /// What a definition may say of the resource has to be so in every rule.
    pub(super) in_definition: bool,
    /// How many steps the whole condition may still take.
    pub(super) steps_left: Rc<Cell<usize>>,
    /// Those of the quantifiers around it.
    pub(super) variables: Vec<(String, Kind)>,
    /// What they are called in the whole condition.
    pub(super) variable_name: String,
    /// How deep the quantifiers of the whole condition nest.
    pub(super) deepest: Rc<Cell<usize>>,
    /// Those of the definition that this is in. It makes no difference between types, so that it may be used anywhere.
    pub(super) parameters: Vec<Parameter>,
    /// Whether it reads nothing else, so that it may be used in any package.
    pub(super) is_closed: bool,
    /// How many types the subject may be of where nothing is known.
    met: usize,
}

/// Fewer than a rule may take: what costs little is not counted.
const STEPS: usize = 90_000;

/// A named condition. It tests no type of the resource, and so stands for the same wherever it may stand.
pub(super) struct Definition {
    package: &'static str,
    pub(super) name: String,
    pub(super) parameters: Vec<Parameter>,
    pub(super) text: String,
    /// The possible types of the subject after it.
    yes: Vec<&'static str>,
    no: Vec<&'static str>,
    steps: usize,
    /// How deep its quantifiers nest.
    quantifiers: usize,
    is_closed: bool,
}

/// Something that is put into a definition where it is used.
#[derive(Debug, Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Over how many steps the definition may follow it.
    pub(super) reach: usize,
}

const PARAMETERS: [&str; 3] = ["q0", "q1", "q2"];

/// A condition, and what may be relied on where it is true and where it is false.
pub(super) struct Piece<'a> {
    pub(super) text: String,
    tightness: Tightness,
    /// Whether it ends with the condition of a quantifier, which would take in what stands behind it.
    is_open: bool,
    pub(super) yes: Flow<'a>,
    pub(super) no: Flow<'a>,
}

/// How tightly the outermost operator of a text binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Tightness {
    Or,
    And,
    Not,
    Comparison,
}

impl Definition {
    /// A definition that may use those before it.
    pub(super) fn generate(
        rng: &mut Rng,
        package: &Package,
        packages: &[Package],
        before: &[Definition],
        number: usize,
    ) -> Definition {
        let depth = rng.usize(..3);
        let mut flow = Flow::new(package, packages, package.resources().collect(), before);
        flow.in_definition = true;
        flow.parameters = parameters(rng, package);
        flow.variable_name = format!("v{number}_");
        let parameters = flow.parameters.clone();
        flow.is_closed = !parameters.is_empty() && rng.bool();
        let is_closed = flow.is_closed;
        let piece = flow.condition(rng, depth);
        let names = |flow: &Flow<'_>| flow.subjects.iter().map(|ty| ty.kind()).collect();
        Definition {
            package: package.name,
            is_closed,
            name: format!("d{number}"),
            yes: names(&piece.yes),
            no: names(&piece.no),
            steps: STEPS - flow.steps_left.get() + steps(&piece.text),
            quantifiers: flow.deepest.get(),
            text: piece.text,
            parameters,
        }
    }

    /// What stands before the `=`.
    pub(super) fn head(&self) -> String {
        if self.parameters.is_empty() {
            return self.name.clone();
        }
        let parameters: Vec<String> = self
            .parameters
            .iter()
            .map(|parameter| format!("{}: {}", parameter.name, parameter.kind.text(self.package)))
            .collect();
        format!("{}({})", self.name, parameters.join(", "))
    }
}

fn parameters(rng: &mut Rng, package: &Package) -> Vec<Parameter> {
    let mut kinds = vec![
        Kind::Bool,
        Kind::Int,
        Kind::String,
        Kind::Ip,
        Kind::Instant,
        Kind::Date,
        Kind::Time,
        Kind::Duration,
        Kind::Entity("group"),
        Kind::Entity("organization"),
        Kind::Set(Box::new(Kind::String)),
        Kind::Set(Box::new(Kind::Int)),
    ];
    // More often than others: there is most to say about them.
    for _ in 0..3 {
        kinds.extend(package.types.iter().map(|ty| Kind::Entity(ty.kind())));
    }
    let count = if rng.bool() { 0 } else { rng.usize(1..=PARAMETERS.len()) };
    let parameter =
        |name| Parameter { name, kind: rng.choice(&kinds).unwrap().clone(), reach: rng.usize(..3) };
    PARAMETERS.into_iter().take(count).map(parameter).collect()
}

impl<'a> Flow<'a> {
    pub(super) fn new(
        package: &'a Package,
        packages: &'a [Package],
        resources: Vec<&'a EntityType>,
        definitions: &'a [Definition],
    ) -> Flow<'a> {
        let is_met = |other: &&Package| other.name == package.name || package.imports.contains(&other.name);
        let subjects: Vec<&EntityType> = packages.iter().filter(is_met).flat_map(Package::subjects).collect();
        Flow {
            package,
            packages,
            met: subjects.len(),
            is_closed: false,
            subjects,
            resources,
            present: Vec::new(),
            definitions,
            in_definition: false,
            steps_left: Rc::new(Cell::new(STEPS)),
            parameters: Vec::new(),
            variables: Vec::new(),
            variable_name: "x".to_owned(),
            deepest: Rc::new(Cell::new(0)),
        }
    }

    /// Takes so many steps of those that are left, if there are.
    pub(super) fn spend(&self, steps: usize) -> bool {
        let left = self.steps_left.get().checked_sub(steps);
        self.steps_left.set(left.unwrap_or(self.steps_left.get()));
        left.is_some()
    }

    /// A condition that checks here.
    pub(super) fn condition(&self, rng: &mut Rng, depth: usize) -> Piece<'a> {
        if depth == 0 {
            return self.atom(rng);
        }
        match rng.u8(..17) {
            14.. => self.quantified(rng, depth).unwrap_or_else(|| self.atom(rng)),
            0..=2 => self.joined(rng, depth, Tightness::And),
            3..=5 => self.joined(rng, depth, Tightness::Or),
            6 | 7 => self.condition(rng, depth - 1).not(rng),
            8..=11 => self.guarded(rng, depth),
            _ => self.atom(rng),
        }
    }

    fn joined(&self, rng: &mut Rng, depth: usize, operator: Tightness) -> Piece<'a> {
        let mut piece = self.condition(rng, depth - 1);
        for _ in 0..rng.usize(1..3) {
            let next = piece.after(operator).condition(rng, depth - 1);
            piece = piece.and_then(rng, operator, next);
        }
        piece
    }

    /// `subject is T and …`, `not has p or …`: something that is only looked at where the guard is true.
    fn guarded(&self, rng: &mut Rng, depth: usize) -> Piece<'a> {
        let guard = if rng.bool() { self.kind_test(rng) } else { self.presence(rng) };
        let Some(guard) = guard else { return self.atom(rng) };
        let operator = if rng.u8(..3) > 0 { Tightness::And } else { Tightness::Or };
        let guard = if operator == Tightness::Or { guard.not(rng) } else { guard };
        let inner = guard.after(operator).condition(rng, depth - 1);
        guard.and_then(rng, operator, inner)
    }

    /// `subject is user`, where it could be something else too.
    fn kind_test(&self, rng: &mut Rng) -> Option<Piece<'a>> {
        let (mut yes, mut no) = (self.clone(), self.clone());
        let is_subject = self.in_definition || rng.bool();
        let party = if is_subject { "subject" } else { "resource" };
        let (possible, yes_types, no_types) = if is_subject {
            (&self.subjects, &mut yes.subjects, &mut no.subjects)
        } else {
            (&self.resources, &mut yes.resources, &mut no.resources)
        };
        if possible.len() < 2 || !self.parameters.is_empty() {
            return None;
        }
        let one = *pick(rng, possible.iter().filter(|ty| self.can_name(ty.kind())))?;
        yes_types.retain(|ty| ty.kind() == one.kind());
        no_types.retain(|ty| ty.kind() != one.kind());
        let text = format!("{party} is {}", called(one.kind(), self.package.name));
        Some(Piece { text, tightness: Tightness::Comparison, is_open: false, yes, no })
    }

    /// `has p`.
    fn presence(&self, rng: &mut Rng) -> Option<Piece<'a>> {
        let path = pick(rng, self.paths().into_iter().filter(|path| path.optional))?;
        let mut piece = self.plain(format!("has {}", path.text));
        piece.yes.present.push(path.text);
        Some(piece)
    }

    /// Something that says nothing about what follows it.
    fn plain(&self, text: String) -> Piece<'a> {
        let (yes, no) = (self.clone(), self.clone());
        Piece { text, tightness: Tightness::Comparison, is_open: false, yes, no }
    }

    /// The same where it reaches as far to the right as it can.
    pub(super) fn open(&self, text: String) -> Piece<'a> {
        Piece { is_open: true, ..self.plain(text) }
    }

    fn definition(&self, rng: &mut Rng) -> Option<Piece<'a>> {
        // What else it reads is there for resources of its own package.
        let is_home = self.homes().iter().all(|package| package.name == self.package.name);
        let is_usable = |definition: &&Definition| {
            let is_own = definition.package == self.package.name;
            let is_imported = definition.is_closed && self.package.imports.contains(&definition.package);
            (is_own || is_imported) && (definition.is_closed || is_home && !self.is_closed)
        };
        let definition = pick(rng, self.definitions.iter().filter(is_usable))?;
        let quantifiers = self.variables.len() + definition.quantifiers;
        if quantifiers > QUANTIFIERS_MAX {
            return None;
        }
        self.deepest.set(self.deepest.get().max(quantifiers));
        if !definition.parameters.is_empty() {
            let arguments = definition.parameters.iter().map(|parameter| self.argument(rng, parameter));
            let arguments = arguments.collect::<Option<Vec<String>>>()?;
            if !self.spend(definition.steps) {
                return None;
            }
            let name = called(qualified(definition.package, &definition.name), self.package.name);
            return Some(self.plain(format!("{name}({})", arguments.join(", "))));
        }
        // Where types are excluded already, a test for them in it would be refused.
        let is_narrowed = self.subjects.len() < self.met;
        if is_narrowed || !self.parameters.is_empty() || !self.spend(definition.steps) {
            return None;
        }
        let mut piece = self.plain(definition.name.clone());
        piece.yes.subjects.retain(|ty| definition.yes.contains(&ty.kind()));
        piece.no.subjects.retain(|ty| definition.no.contains(&ty.kind()));
        Some(piece)
    }

    /// Whether a type has a name here.
    pub(super) fn can_name(&self, kind: &str) -> bool {
        kind.split_once('/').is_none_or(|(package, _)| {
            package == self.package.name || self.package.imports.contains(&package)
        })
    }

    /// A package of those that may be meant here: mostly the own one.
    pub(super) fn any_package(&self, rng: &mut Rng) -> &'a Package {
        let imported = self.packages.iter().filter(|other| self.package.imports.contains(&other.name));
        pick(rng, imported).filter(|_| rng.u8(..2) == 0).unwrap_or(self.package)
    }

    fn window(&self, rng: &mut Rng) -> String {
        let package = self.any_package(rng);
        let (name, _) = rng.choice(&package.windows).unwrap();
        called(qualified(package.name, name), self.package.name)
    }

    pub(super) fn network(&self, rng: &mut Rng) -> String {
        let package = self.any_package(rng);
        let name = format!("n{}", rng.usize(..package.networks.len()));
        called(qualified(package.name, &name), self.package.name)
    }

    /// The packages that the resource may be of.
    pub(super) fn homes(&self) -> Vec<&'a Package> {
        let is_home = |package: &&Package| self.resources.iter().any(|ty| ty.package == package.name);
        self.packages.iter().filter(is_home).collect()
    }

    fn atom(&self, rng: &mut Rng) -> Piece<'a> {
        let text = match rng.u8(..22) {
            0 | 1 => return self.kind_test(rng).unwrap_or_else(|| self.plain("true".to_owned())),
            2 | 3 => format!("now in {}", self.window(rng)),
            4 | 5 => format!("subject in {}", group(rng)),
            6 => self.resource_within(rng),
            7 | 20 => return self.definition(rng).unwrap_or_else(|| self.plain("true".to_owned())),
            8 => (if rng.bool() { "true" } else { "false" }).to_owned(),
            21 => {
                let network = self.network(rng);
                self.address_in(rng, &network).unwrap_or_else(|| format!("now in {}", self.window(rng)))
            }
            _ => match self.path(rng) {
                Some(path) => self.about(rng, &path),
                None => format!("now in {}", self.window(rng)),
            },
        };
        self.plain(text)
    }
}

/// What the tests in a text take, each by itself, and no fewer.
pub(super) fn steps(text: &str) -> usize {
    let separators = [" and ", " or ", " + ", " - ", " * ", ", "];
    1 + separators.iter().map(|separator| text.matches(separator).count()).sum::<usize>()
}

impl<'a> Piece<'a> {
    fn not(self, rng: &mut Rng) -> Piece<'a> {
        let (text, is_open) = self.part_of(rng, Tightness::Not);
        let text = format!("not {text}");
        Piece { text, tightness: Tightness::Not, is_open, yes: self.no, no: self.yes }
    }

    /// What the next part of an `and` or `or` may rely on.
    fn after(&self, operator: Tightness) -> &Flow<'a> {
        if operator == Tightness::And { &self.yes } else { &self.no }
    }

    fn and_then(self, rng: &mut Rng, operator: Tightness, next: Piece<'a>) -> Piece<'a> {
        let word = if operator == Tightness::And { "and" } else { "or" };
        let is_looser = self.tightness < operator || self.is_open;
        let first = if is_looser { format!("({})", self.text) } else { self.text };
        let (last, is_open) = next.part_of(rng, operator);
        let text = format!("{first} {word} {last}");
        let (yes, no) = match operator {
            Tightness::And => (next.yes, self.no.or(&next.no)),
            Tightness::Or | Tightness::Not | Tightness::Comparison => (self.yes.or(&next.yes), next.no),
        };
        Piece { text, tightness: operator, is_open, yes, no }
    }

    /// The text as the last part of an operator, in parentheses where they are needed and sometimes where they are
    /// not; and whether it is open.
    fn part_of(&self, rng: &mut Rng, operator: Tightness) -> (String, bool) {
        if self.tightness < operator || rng.u8(..8) == 0 {
            (format!("({})", self.text), false)
        } else {
            (self.text.clone(), self.is_open)
        }
    }
}

impl<'a> Flow<'a> {
    /// What may be relied on after the one or the other.
    fn or(&self, other: &Flow<'a>) -> Flow<'a> {
        let mut either = self.clone();
        let add = |types: &mut Vec<&'a EntityType>, more: &[&'a EntityType]| {
            for ty in more {
                if types.iter().all(|known| known.kind() != ty.kind()) {
                    types.push(ty);
                }
            }
        };
        add(&mut either.subjects, &other.subjects);
        add(&mut either.resources, &other.resources);
        either.present.retain(|path| other.present.contains(path));
        either
    }
}
