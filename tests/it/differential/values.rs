//! Generated attribute values, as facts hold them and as requests send them.

use std::borrow::Cow;

use fastrand::Rng;
use portcullis::model::network::parse_network;
use portcullis::model::{Date, Duration, EntityRef, Input, Instant, Symbol, TimeOfDay, Value};

use super::comparisons::{DURATIONS, GROUPS, IDS, NUMBERS, ORGANIZATIONS, TIMES, WORDS};
use super::vocabulary::Kind;

/// A value before it is a fact or a part of a request.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datum {
    Bool(bool),
    Int(i64),
    Text(&'static str),
    Address(&'static str),
    Network(&'static str),
    Instant(Instant),
    Date(Date),
    Time(TimeOfDay),
    Duration(Duration),
    /// Qualified type and id.
    Entity(String, &'static str),
    Set(Vec<Datum>),
    Record(Vec<(&'static str, Datum)>),
}

/// The id of somebody whom the facts don't know.
pub(super) const STRANGER: &str = "stranger";

const ADDRESSES: [&str; 8] = [
    "10.1.2.3",
    "::ffff:10.1.2.3",
    "192.168.7.9",
    "192.168.8.9",
    "203.0.113.7",
    "2001:db8::42",
    "fd00::1",
    "172.16.0.1",
];

const NETWORKS: [&str; 8] = [
    "10.0.0.0/8",
    "10.1.2.3",
    "192.168.0.0/16",
    "0.0.0.0/0",
    "203.0.113.0/29",
    "2001:db8::/32",
    "::/0",
    "fd00::1/128",
];

impl Datum {
    /// Instants come from those that `moments` holds, so that some of them meet the clock.
    pub(super) fn generate(rng: &mut Rng, kind: &Kind, moments: &[Instant]) -> Datum {
        match kind {
            Kind::Bool => Datum::Bool(rng.bool()),
            Kind::Int => Datum::Int(rng.choice(NUMBERS).unwrap()),
            Kind::String => Datum::Text(rng.choice(WORDS).unwrap()),
            Kind::Ip => Datum::Address(rng.choice(ADDRESSES).unwrap()),
            Kind::Network => Datum::Network(rng.choice(NETWORKS).unwrap()),
            Kind::Instant => Datum::Instant(*rng.choice(moments).unwrap()),
            Kind::Date => {
                // Often the day on which the question is asked, or one beside it.
                let day = rng.choice(moments).unwrap().seconds().div_euclid(86_400) + rng.i64(-1..=1);
                Datum::Date(Date::from_days(day).unwrap())
            }
            Kind::Time => Datum::Time(TimeOfDay::parse(rng.choice(TIMES).unwrap()).unwrap()),
            Kind::Duration => Datum::Duration(Duration::parse(rng.choice(DURATIONS).unwrap()).unwrap()),
            Kind::Entity("group") => Datum::Entity("group".to_owned(), rng.choice(GROUPS).unwrap()),
            Kind::Entity("organization") => {
                Datum::Entity("organization".to_owned(), rng.choice(ORGANIZATIONS).unwrap())
            }
            Kind::Entity(kind) => Datum::Entity((*kind).to_owned(), rng.choice(IDS).unwrap()),
            Kind::Set(element) => {
                let count = rng.usize(..4);
                Datum::Set((0..count).map(|_| Datum::generate(rng, element, moments)).collect())
            }
            Kind::Record(members) => {
                let members: Vec<_> = members.iter().filter(|_| rng.u8(..8) > 0).collect();
                let members = members
                    .into_iter()
                    .map(|member| (member.name, Datum::generate(rng, &member.kind, moments)));
                Datum::Record(members.collect())
            }
        }
    }

    pub(super) fn value(&self) -> Value {
        match self {
            Datum::Bool(value) => Value::Bool(*value),
            Datum::Int(value) => Value::Int(*value),
            Datum::Text(text) => Value::String(Symbol::intern(text)),
            Datum::Address(text) => Value::Ip(text.parse::<std::net::IpAddr>().unwrap().to_canonical()),
            Datum::Network(text) => Value::Network(parse_network(text).unwrap()),
            Datum::Instant(instant) => Value::Instant(*instant),
            Datum::Date(date) => Value::Date(*date),
            Datum::Time(time) => Value::Time(*time),
            Datum::Duration(duration) => Value::Duration(*duration),
            Datum::Entity(kind, id) => {
                Value::Entity(EntityRef { kind: Symbol::intern(kind), id: Symbol::intern(id) })
            }
            Datum::Set(items) => Value::set(items.iter().map(Datum::value).collect()),
            Datum::Record(members) => {
                let members = members.iter().map(|(name, datum)| (Symbol::intern(name), datum.value()));
                Value::record(members.collect())
            }
        }
    }

    /// One of the forms in which a request may send it.
    fn input(&self, rng: &mut Rng) -> Input<'static> {
        let text = |text: &str| Input::Text(Cow::Owned(text.to_owned()));
        match self {
            Datum::Bool(value) => Input::Bool(*value),
            #[expect(clippy::cast_precision_loss, reason = "the numbers are small")]
            Datum::Int(value) if rng.u8(..5) == 0 => Input::Decimal(*value as f64),
            Datum::Int(value) => Input::Int(*value),
            // Neither policies nor facts know this word and this id.
            Datum::Text(_) if rng.u8(..12) == 0 => text("puce"),
            Datum::Entity(_, _) if rng.u8(..12) == 0 => text(STRANGER),
            // Bits beyond the prefix, and IPv4 in IPv6 clothes.
            Datum::Network(_) if rng.u8(..12) == 0 => text("10.1.2.3/8"),
            Datum::Network(_) if rng.u8(..12) == 0 => text("::ffff:10.0.0.0/104"),
            Datum::Text(value) | Datum::Address(value) | Datum::Network(value) => text(value),
            Datum::Instant(instant) => text(&instant.to_string()),
            Datum::Date(date) => text(&date.to_string()),
            Datum::Time(time) if rng.bool() => {
                let seconds = time.seconds();
                text(&format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60))
            }
            Datum::Time(time) => text(&time.to_string()),
            // The same length in one unit.
            Datum::Duration(duration) if rng.bool() => text(&format!("{}s", duration.micros() / 1_000_000)),
            Datum::Duration(duration) => text(&duration.to_string()),
            Datum::Entity(kind, id) if rng.u8(..4) == 0 => {
                let kind = if rng.bool() { kind } else { kind.rsplit('/').next().unwrap() };
                Input::Record(vec![("type".into(), text(kind)), ("id".into(), text(id))])
            }
            Datum::Entity(_, id) => text(id),
            Datum::Set(items) => Input::List(items.iter().map(|item| item.input(rng)).collect()),
            Datum::Record(members) => {
                let mut sent: Vec<_> = members
                    .iter()
                    .map(|(name, datum)| {
                        let input = match rng.u8(..16) {
                            0 => Input::Null,
                            1 => amiss(rng),
                            _ => datum.input(rng),
                        };
                        (Cow::Borrowed(*name), input)
                    })
                    .collect();
                if rng.u8(..8) == 0 {
                    sent.push(("unheard of".into(), Input::Bool(true)));
                }
                rng.shuffle(&mut sent);
                Input::Record(sent)
            }
        }
    }
}

/// What a request sends for an attribute: mostly a value of its type, sometimes null or something else.
pub(super) fn sent(rng: &mut Rng, kind: &Kind, moments: &[Instant]) -> Input<'static> {
    match rng.u8(..32) {
        0 | 1 => Input::Null,
        2 | 3 => amiss(rng),
        _ => Datum::generate(rng, kind, moments).input(rng),
    }
}

/// Something that is of hardly any type.
pub(super) fn amiss(rng: &mut Rng) -> Input<'static> {
    match rng.u8(..14) {
        0 => Input::Decimal(1.5),
        1 => Input::Bool(true),
        2 => Input::List(vec![Input::Null]),
        3 => Input::Record(vec![("type".into(), Input::Text("beta/user".into()))]),
        4 => Input::Record(vec![
            ("type".into(), Input::Text("nothing".into())),
            ("id".into(), Input::Text("e1".into())),
        ]),
        5 => Input::Decimal(1e300),
        6 => Input::Int(4),
        7 => Input::Text("10.0.0.0/8".into()),
        8 => Input::Decimal(9_007_199_254_740_992.0),
        9 => Input::Decimal(9_007_199_254_740_994.0),
        10 => Input::Decimal(-0.0),
        11 => Input::Int(i64::MIN),
        12 if rng.u8(..8) == 0 => Input::List(vec![Input::Text("red".into()); 1_025]),
        12 => Input::List(vec![Input::Int(1); 1_024]),
        _ => Input::List(vec![Input::Int(1), Input::Text("red".into())]),
    }
}
