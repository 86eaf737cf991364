//! Who gets a place.

use super::*;

fn at(address: &str) -> Place {
    Place::Address(address.parse().unwrap())
}

#[test]
fn one_peer_leaves_places_to_the_others() {
    let slots = Slots::new(10, 2);
    let held = [slots.take(at("10.0.0.1")), slots.take(at("10.0.0.1"))];
    assert!(held.iter().all(Option::is_some));
    assert!(slots.take(at("10.0.0.1")).is_none());
    assert!(slots.take(at("10.0.0.2")).is_some());
    drop(held);
    assert!(slots.take(at("10.0.0.1")).is_some());
}

#[test]
fn a_network_of_ipv6_is_one_peer() {
    let slots = Slots::new(10, 1);
    let _held = slots.take(at("2001:db8::1")).unwrap();
    assert!(slots.take(at("2001:db8::ffff:2")).is_none());
    assert!(slots.take(at("2001:db8:0:1::1")).is_some());
}

#[test]
fn all_together_have_no_more_than_there_are() {
    let slots = Slots::new(2, 1);
    let _held = [slots.take(Place::Unix).unwrap(), slots.take(Place::Unix).unwrap()];
    assert!(slots.take(Place::Unix).is_none() && slots.take(at("10.0.0.1")).is_none());
}

#[test]
fn nothing_is_kept_of_peers_that_have_gone() {
    let slots = Slots::new(10, 1);
    for last in 0..=255 {
        drop(slots.take(at(&format!("10.0.0.{last}"))).unwrap());
        // Whoever gets no place isn't remembered for it either.
        let _one = slots.take(at("10.1.0.0")).unwrap();
        assert!(slots.take(at("10.1.0.0")).is_none());
    }
    assert!(slots.taken().is_empty());
}
