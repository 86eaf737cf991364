//! Numbers of last changes.

use super::*;
use crate::facts::{Assignment, Provenance, Reach};
use crate::model::{Symbol, Value};

fn entity(id: &str) -> EntityRef {
    EntityRef { kind: Symbol::intern("p/user"), id: Symbol::intern(id) }
}

fn levels(levels: &[(&str, i64)]) -> Facts {
    let mut facts = Facts::default();
    for (id, level) in levels {
        let attributes = vec![(Symbol::intern("level"), Value::Int(*level))];
        facts.entities.insert(entity(id), Entity { attributes, ..Entity::default() });
    }
    facts
}

fn numbers(versions: &Versions, ids: &[&str]) -> Vec<u64> {
    ids.iter().map(|id| versions.of(entity(id))).collect()
}

#[test]
fn only_what_changed_has_another_number() {
    let first = levels(&[("ann", 1), ("bob", 2), ("cid", 3)]);
    let second = levels(&[("ann", 1), ("bob", 7), ("dan", 3)]);
    let third = levels(&[("ann", 1), ("bob", 7), ("cid", 3), ("dan", 3)]);
    let one = Versions::first(10);
    assert_eq!(numbers(&one, &["ann", "bob", "cid"]), [10, 10, 10]);
    let two = one.next(&first, &second, 11);
    assert_eq!(numbers(&two, &["ann", "bob", "dan"]), [10, 11, 11]);
    // Cid was gone in between: whoever read that he isn't there must not read him as he was before.
    let three = two.next(&second, &third, 12);
    assert_eq!(numbers(&three, &["ann", "bob", "cid", "dan"]), [10, 11, 12, 11]);
    assert_eq!((one.any(), two.any(), three.any()), (10, 11, 12));
    let four = three.next(&third, &third.clone(), 13);
    assert_eq!(four, three);
    // Back to what it was is a change too.
    assert_eq!(four.next(&third, &first, 14).of(entity("bob")), 14);
    assert_eq!([&one, &two, &three, &four].map(Versions::scopes), [10; 4]);
}

#[test]
fn one_that_is_gone_is_a_change_of_the_whole() {
    let (first, second) = (levels(&[("ann", 1), ("bob", 2)]), levels(&[("ann", 1)]));
    let two = Versions::first(1).next(&first, &second, 2);
    assert_eq!((two.any(), two.of(entity("ann")), two.scopes()), (2, 1, 1));
}

#[test]
fn whatever_an_entity_holds_is_compared() {
    let plain = levels(&[("ann", 1)]);
    let changes: [fn(&mut Entity); 7] = [
        |ann| ann.organization = Some(Symbol::intern("acme")),
        |ann| ann.parents.push(entity("x")),
        |ann| ann.ancestors.push(entity("x")),
        |ann| ann.attributes.clear(),
        |ann| ann.attributes[0].1 = Value::Int(2),
        |ann| {
            ann.assignments.push(Assignment {
                role: Symbol::intern("p/reader"),
                reach: Reach::Personal,
                expires: None,
                provenance: Provenance::default(),
            });
        },
        |ann| {
            ann.grants.push(crate::facts::Grant {
                resource: Symbol::intern("p/page"),
                action: Symbol::intern("read"),
                reach: Reach::Personal,
                expires: None,
                provenance: Provenance::default(),
            });
        },
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = plain.clone();
        change(changed.entities.get_mut(&entity("ann")).unwrap());
        let next = Versions::first(1).next(&plain, &changed, 2);
        assert_eq!((next.of(entity("ann")), next.any()), (2, 2), "change {number}");
    }
}

#[test]
fn another_tree_of_organizations_has_another_number() {
    let plain = levels(&[("ann", 1)]);
    let mut wider = plain.clone();
    wider.scopes.add("acme");
    let next = Versions::first(1).next(&plain, &wider, 2);
    assert_eq!((next.scopes(), next.any(), next.of(entity("ann"))), (2, 2, 1));
}
