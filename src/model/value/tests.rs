//! How outside data becomes values of declared types.

use std::borrow::Cow;

use super::{EntityRef, Type, Value, read_ip};
use crate::model::limits::REQUEST_SET_MAX;
use crate::model::schema::Attribute;
use crate::model::{Date, Duration, Input, Instant, Symbol, TimeOfDay};

fn text(text: &str) -> Input<'_> {
    Input::Text(Cow::Borrowed(text))
}

fn read(ty: &Type, input: &Input<'_>) -> Option<Value> {
    ty.read(input, &mut |text| Symbol::intern(text))
}

fn set_of(element: Type) -> Type {
    Type::Set(Box::new(element))
}

#[test]
fn every_type_takes_its_own() {
    assert_eq!(read(&Type::Bool, &Input::Bool(true)), Some(Value::Bool(true)));
    assert_eq!(read(&Type::Int, &Input::Int(-7)), Some(Value::Int(-7)));
    assert_eq!(read(&Type::String, &text("a")), Some(Value::String(Symbol::intern("a"))));
    assert_eq!(read(&Type::Ip, &text("::ffff:10.0.0.1")), Some(Value::Ip("10.0.0.1".parse().unwrap())));
    assert_eq!(
        read(&Type::Network, &text("10.0.0.0/8")),
        Some(Value::Network("10.0.0.0/8".parse().unwrap()))
    );
    assert_eq!(read(&Type::Network, &text("::1")), Some(Value::Network("::1/128".parse().unwrap())));
    assert_eq!(
        read(&Type::Instant, &text("1970-01-01T00:00Z")),
        Some(Value::Instant(Instant::from_micros(0)))
    );
    assert_eq!(read(&Type::Date, &text("1970-01-02")), Date::from_days(1).map(Value::Date));
    assert_eq!(read(&Type::Time, &text("01:00")), TimeOfDay::from_seconds(3_600).map(Value::Time));
    assert_eq!(read(&Type::Time, &text("00:00:05")), TimeOfDay::from_seconds(5).map(Value::Time));
    assert_eq!(
        read(&Type::Duration, &text("1m30s")),
        Some(Value::Duration(Duration::from_micros(90_000_000)))
    );
}

#[test]
fn records_of_the_same_members_are_the_same_in_any_order() {
    let member = |name: &str, ty| Attribute { name: Symbol::intern(name), ty, optional: name == "b" };
    let [a, b] = [member("a", Type::Int), member("b", set_of(Type::Bool))];
    let record = Type::record(vec![b.clone(), a.clone()]);
    assert_eq!(record, Type::record(vec![a.clone(), b]));
    assert_ne!(record, Type::record(vec![a]));
    assert_eq!(record.describe(), "record { a: int, b?: set of bool }");
    // A record is read member by member.
    assert_eq!(read(&record, &Input::Record(vec![("a".into(), Input::Int(1))])), None);
}

#[test]
fn a_number_without_a_fraction_is_an_int_however_it_is_written() {
    assert_eq!(read(&Type::Int, &Input::Decimal(7.0)), Some(Value::Int(7)));
    assert_eq!(read(&Type::Int, &Input::Decimal(-0.0)), Some(Value::Int(0)));
    for decimal in [7.5, 1e300, 9.1e15, f64::NAN, f64::INFINITY] {
        assert_eq!(read(&Type::Int, &Input::Decimal(decimal)), None, "{decimal}");
    }
}

#[test]
fn nothing_is_coerced() {
    for (ty, input) in [
        (Type::Bool, text("true")),
        (Type::Bool, Input::Int(1)),
        (Type::Int, text("7")),
        (Type::Int, Input::Bool(true)),
        (Type::String, Input::Int(7)),
        (Type::String, Input::Null),
        (Type::Ip, text("10.0.0.1/32")),
        (Type::Ip, text("fe80::1%eth0")),
        (Type::Network, text("10.0.0.1/8")),
        (Type::Network, text("::ffff:10.0.0.0/104")),
        (Type::Network, Input::Int(10)),
        (Type::Instant, Input::Int(0)),
        (Type::Instant, text("2026-11-22")),
        (Type::Date, text("2026-11-22T00:00:00Z")),
        (Type::Date, Input::Int(0)),
        (Type::Time, text("9:00")),
        (Type::Time, Input::Int(900)),
        (Type::Duration, text("-1s")),
        (Type::Duration, text("1.5h")),
        (Type::Duration, text("18446744073709551615s")),
        (Type::Duration, text("1h1h")),
        (Type::Duration, text("9e99y")),
        (Type::Duration, text("")),
        (Type::Duration, text("P1Y")),
        (Type::Duration, Input::Int(90)),
        (set_of(Type::String), text("a")),
        (Type::String, Input::List(vec![text("a")])),
        (set_of(Type::String), Input::List(vec![text("a"), Input::Int(1)])),
        (set_of(Type::String), Input::List(vec![text("a"), Input::Null])),
    ] {
        assert_eq!(read(&ty, &input), None, "{ty:?} from {input:?}");
    }
}

#[test]
fn sets_are_sorted_without_doubles_and_have_a_limit() {
    let list = Input::List(vec![Input::Int(2), Input::Int(1), Input::Decimal(2.0)]);
    assert_eq!(read(&set_of(Type::Int), &list), Some(Value::Set(vec![Value::Int(1), Value::Int(2)].into())));
    let full = vec![Input::Int(1); REQUEST_SET_MAX];
    assert!(read(&set_of(Type::Int), &Input::List(full.clone())).is_some());
    let over = [full, vec![Input::Int(1)]].concat();
    assert_eq!(read(&set_of(Type::Int), &Input::List(over)), None);
}

#[test]
fn an_entity_is_its_id_or_its_type_and_id() {
    let ty = Type::Entity(Symbol::intern("shop/user"));
    let alice = Value::Entity(EntityRef { kind: Symbol::intern("shop/user"), id: Symbol::intern("alice") });
    let record = |kind: &'static str| {
        Input::Record(vec![(Cow::Borrowed("id"), text("alice")), (Cow::Borrowed("type"), text(kind))])
    };
    assert_eq!(read(&ty, &text("alice")), Some(alice.clone()));
    assert_eq!(read(&ty, &record("user")), Some(alice.clone()));
    assert_eq!(read(&ty, &record("shop/user")), Some(alice));
    for kind in ["service", "other/user", "shop/", ""] {
        assert_eq!(read(&ty, &record(kind)), None, "{kind}");
    }
    assert_eq!(read(&ty, &Input::Record(vec![(Cow::Borrowed("id"), text("alice"))])), None);
    assert_eq!(read(&ty, &Input::Int(1)), None);
}

#[test]
fn types_are_described_as_authors_write_them() {
    let user = Type::Entity(Symbol::intern("shop/user"));
    assert_eq!(set_of(user).describe(), "set of user");
    assert_eq!(Type::Entity(Symbol::intern("group")).describe(), "group");
}

#[test]
fn addresses_are_canonical() {
    assert_eq!(read_ip("2001:DB8:0::1"), read_ip("2001:db8::1"));
    assert_eq!(read_ip("010.0.0.1"), None);
}
