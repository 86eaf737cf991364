//! Generated questions, and the instants at which they are asked.

use std::borrow::Cow;

use fastrand::Rng;
use portcullis::engine::reference::clock;
use portcullis::engine::{PartyInput, Question, Vouched, VouchedRole};
use portcullis::language::policy::Policy;
use portcullis::model::{Input, Instant};

use super::comparisons::{IDS, ORGANIZATIONS};
use super::values::{STRANGER, amiss, sent};
use super::vocabulary::{Attribute, EntityType, Package, Placement, pick};
use super::world::World;

/// Clock changes of the zones that windows are in, in seconds since 1970.
const CHANGES: [i64; 10] = [
    1_774_746_000, // Europe/London and Antarctica/Troll, 2026-03-29T01:00Z
    1_792_890_000, // 2026-10-25T01:00Z
    1_772_953_200, // America/New_York, 2026-03-08T07:00Z
    1_793_512_800, // 2026-11-01T06:00Z
    1_775_314_800, // Australia/Lord_Howe, 2026-04-04T15:00Z
    1_791_041_400, // 2026-10-03T15:30Z
    1_771_120_800, // Africa/Casablanca, 2026-02-15T02:00Z
    1_774_144_800, // 2026-03-22T02:00Z
    1_772_947_800, // America/St_Johns, 2026-03-08T05:30Z
    1_793_507_400, // 2026-11-01T04:30Z
];

type Properties = Vec<(Cow<'static, str>, Input<'static>)>;

/// Instants for facts to end at and for requests to be made around.
pub(super) fn moments(rng: &mut Rng) -> Vec<Instant> {
    let base = 1_767_225_600 + rng.i64(0..365 * 24 * 3_600);
    let near = |rng: &mut Rng| Instant::from_seconds(base + rng.i64(-10..10) * 3_600);
    let mut moments: Vec<Instant> = (0..6).map(|_| near(rng)).collect();
    moments.extend(rng.choose_multiple(CHANGES, 3).into_iter().map(Instant::from_seconds));
    moments
}

/// The moments of the facts, and edges of the policy's windows near them.
pub(super) fn instants(world: &World, policy: &Policy) -> Vec<Instant> {
    let mut instants = world.moments.clone();
    for window in policy.windows.rows() {
        for moment in &world.moments {
            instants.extend(clock::next_flip(&window.window, *moment));
        }
    }
    instants
}

pub(super) fn question(rng: &mut Rng, world: &World, instants: &[Instant]) -> Question<'static> {
    let package = rng.choice(&world.packages).unwrap();
    let ty = pick(rng, package.resources()).unwrap();
    let subject = (rng.u8(..16) > 0).then(|| subject(rng, world, package));
    let resource = resource(rng, world, package, ty);
    let action = match rng.u8(..64) {
        0 => "fly",
        1 => "manage",
        _ => rng.choice(&ty.actions).unwrap(),
    };
    let mut context = properties(rng, &package.context, world, 13);
    if rng.u8(..16) == 0 {
        context.push(("weather".into(), Input::Text("fair".into())));
    }
    let action_properties = properties(rng, &package.action, world, 13);
    Question {
        subject,
        action: action.into(),
        action_properties,
        resource,
        context,
        vouched: vouched(rng, world),
        understands: ["step_up", "notify", "log"].into_iter().filter(|_| rng.bool()).map(Cow::from).collect(),
        now: now(rng, instants),
    }
}

fn now(rng: &mut Rng, instants: &[Instant]) -> Instant {
    const SECOND: i64 = 1_000_000;
    if rng.u8(..4) == 0 {
        return Instant::from_micros(1_704_067_200 * SECOND + rng.i64(0..220_000_000 * SECOND));
    }
    let near = rng.choice(instants).unwrap().micros();
    let distance = match rng.u8(..6) {
        0 => 0,
        1 => 1,
        2 => SECOND,
        3 => 60 * SECOND,
        4 => 29 * 60 * SECOND,
        _ => rng.i64(0..26 * 3_600 * SECOND),
    };
    Instant::from_micros(if rng.bool() { near - distance } else { near + distance })
}

fn subject(rng: &mut Rng, world: &World, package: &Package) -> PartyInput<'static> {
    // Sometimes a subject of another package.
    let package = if rng.u8(..8) == 0 { rng.choice(&world.packages).unwrap() } else { package };
    let ty = pick(rng, package.subjects()).unwrap();
    let mut properties = properties(rng, &ty.attributes, world, 4);
    if rng.u8(..8) == 0 {
        properties.push(("organization".into(), Input::Text("acme".into())));
    }
    let stranger = pick(rng, package.resources().map(|ty| ty.name).chain(["alien"])).unwrap();
    let name = if rng.u8(..64) == 0 { stranger } else { ty.name };
    let kind = kind(rng, world, package, name);
    PartyInput { kind, id: id(rng), properties }
}

/// Mostly nothing; otherwise roles of any package in organizations of all kinds, and where the subject belongs.
fn vouched(rng: &mut Rng, world: &World) -> Vouched<'static> {
    if rng.u8(..4) > 0 {
        return Vouched::default();
    }
    let path = |rng: &mut Rng| match rng.u8(..16) {
        0 => Cow::from(rng.choice(["/", "", "acme/", "../acme", "acme/\u{7}"]).unwrap()),
        1 => "acme/sec/unheard/of".into(),
        2 => "ac".into(),
        _ => rng.choice(ORGANIZATIONS).unwrap().into(),
    };
    let role = |rng: &mut Rng| {
        let package = rng.choice(&world.packages).unwrap();
        let known = pick(rng, package.roles.iter()).filter(|_| rng.u8(..16) > 0);
        Cow::from(known.map_or("nobody/nothing".to_owned(), |role| format!("{}/{}", package.name, role.name)))
    };
    Vouched {
        organization: (rng.u8(..4) == 0).then(|| path(rng)),
        roles: (0..rng.usize(..4))
            .map(|_| VouchedRole { role: role(rng), organization: path(rng) })
            .collect(),
    }
}

fn resource(rng: &mut Rng, world: &World, package: &Package, ty: &EntityType) -> PartyInput<'static> {
    let mut properties = properties(rng, &ty.attributes, world, 4);
    let id = id(rng);
    let stored = id.as_deref().and_then(|id| {
        let id = IDS.into_iter().find(|known| *known == id)?;
        world.entities.get(&(format!("{}/{}", package.name, ty.name), id))?.organization
    });
    if ty.placement == Placement::Organization || rng.u8(..8) == 0 {
        properties.extend(organization(rng, stored).map(|sent| ("organization".into(), sent)));
    }
    let stranger = pick(rng, package.subjects().map(|ty| ty.name).chain(["alien"])).unwrap();
    let name = if rng.u8(..64) == 0 { stranger } else { ty.name };
    let kind = kind(rng, world, package, name);
    PartyInput { kind, id, properties }
}

/// What a request says of a resource's organization: mostly nothing, or what the facts say if they do.
fn organization(rng: &mut Rng, stored: Option<&'static str>) -> Option<Input<'static>> {
    let text = |path: &'static str| Input::Text(path.into());
    match rng.u8(..32) {
        0..=5 => None,
        6 => rng.choice(ORGANIZATIONS).map(text),
        7 => Some(Input::Null),
        8 => Some(amiss(rng)),
        9 => Some(text(rng.choice(["acme/", "", "acme//sec", "../acme", "acme/\u{7}"]).unwrap())),
        10 => Some(Input::Record(vec![("type".into(), text("organization")), ("id".into(), text("acme"))])),
        11 | 12 => stored.is_none().then(|| text("acme/sec/unheard/of")),
        _ => match stored {
            Some(path) => rng.bool().then(|| text(path)),
            None => rng.choice(ORGANIZATIONS).map(text),
        },
    }
}

fn id(rng: &mut Rng) -> Option<Cow<'static, str>> {
    match rng.u8(..32) {
        0 => None,
        1 | 2 => Some(STRANGER.into()),
        _ => rng.choice(IDS).map(Cow::from),
    }
}

/// A type's name: qualified where it has to be, and often where it needn't.
fn kind(rng: &mut Rng, world: &World, package: &Package, name: &str) -> Cow<'static, str> {
    let is_only = world.packages.iter().filter(|package| package.type_named(name).is_some()).count() == 1;
    if rng.u8(..64) == 0 || (is_only && rng.bool()) {
        name.to_owned().into()
    } else {
        format!("{}/{name}", package.name).into()
    }
}

/// Each attribute with `chance` in sixteen.
fn properties(rng: &mut Rng, attributes: &[Attribute], world: &World, chance: u8) -> Properties {
    let mut properties = Properties::new();
    for attribute in attributes {
        if rng.u8(..16) < chance {
            let input = sent(rng, &attribute.kind, &world.moments);
            properties.push((attribute.name.into(), input));
        }
    }
    if rng.u8(..16) == 0 {
        properties.push(("mood".into(), Input::Text("good".into())));
    }
    rng.shuffle(&mut properties);
    properties
}
