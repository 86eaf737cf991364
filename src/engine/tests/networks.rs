//! Addresses in networks that attributes hold.

use super::*;

const POLICY: &str = "
package net
subject user { allowed: set of network }
resource door shared { within: network, outside?: network, actions open, close }
context { ip: ip }
allow door:open named inside when context.ip in resource.within
allow door:close named listed when context.ip in subject.allowed
deny door:open named outside when has resource.outside and not context.ip in resource.outside
";

fn fixture_of_doors() -> Fixture {
    let facts = "subjects:\n  user:\n    ann: { allowed: [10.0.0.0/8, \"2001:db8::/32\"] }\n    bob: { allowed: [] }\n\
        resources:\n  door:\n    hall: { within: 192.168.0.0/16 }\n    lab: { within: 192.168.7.9 }\n    \
        vault: { within: 192.168.0.0/16, outside: 192.168.8.0/24 }\n";
    fixture(POLICY, facts)
}

#[track_caller]
fn check_from(address: &str, asked: &str, expected: &str) {
    let mut question = question(asked);
    question.context = vec![("ip".into(), Input::Text(address.into()))];
    assert_eq!(fixture_of_doors().ask(&question), expected, "{asked} from {address}");
}

#[test]
fn an_address_lies_in_a_network_or_in_one_of_a_set() {
    check_from("192.168.7.9", "user:ann open door:hall", "allow allowed net/inside");
    check_from("::ffff:192.168.7.9", "user:ann open door:lab", "allow allowed net/inside");
    check_from("192.168.7.8", "user:ann open door:lab", "deny no_rule_applies");
    check_from("10.255.0.1", "user:ann close door:hall", "allow allowed net/listed");
    check_from("2001:db8::1", "user:ann close door:hall", "allow allowed net/listed");
    check_from("11.0.0.1", "user:ann close door:hall", "deny no_rule_applies");
    check_from("10.255.0.1", "user:bob close door:hall", "deny no_rule_applies");
    check_from("192.168.7.9", "user:ann open door:vault", "deny denied_by_rule net/outside");
}

#[test]
fn a_network_that_is_none_is_unknown() {
    for text in ["192.168.7.9/16", "::ffff:192.168.0.0/112", "everywhere", "10.0.0.0/33", "10.0.0.0/+8", ""] {
        let mut asked = question("user:ann open door:9");
        asked.context = vec![("ip".into(), Input::Text("192.168.7.9".into()))];
        asked.resource.properties = vec![("within".into(), Input::Text(text.into()))];
        assert_eq!(
            fixture_of_doors().ask(&asked),
            "deny unknown_attribute | unknown: resource.within",
            "{text}"
        );
        asked.resource.properties.push(("outside".into(), Input::Text(text.into())));
        assert_eq!(
            fixture_of_doors().ask(&asked),
            "deny unknown_attribute net/outside| unknown: resource.outside",
            "{text}"
        );
    }
}
