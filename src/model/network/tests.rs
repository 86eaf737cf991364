//! Networks: what is one, and what lies in it.

use super::{NetworkError, Networks, parse_network};

fn networks(texts: &[&str]) -> Networks {
    Networks::new(&texts.iter().map(|text| parse_network(text).unwrap()).collect::<Vec<_>>())
}

#[test]
fn addresses_lie_in_it_up_to_its_edges() {
    let networks = networks(&["10.0.0.0/8", "192.168.1.7", "2001:db8::/32", "10.0.0.0/16"]);
    for inside in
        ["10.0.0.0", "10.255.255.255", "192.168.1.7", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"]
    {
        assert!(networks.contains(inside.parse().unwrap()), "{inside}");
    }
    for outside in
        ["9.255.255.255", "11.0.0.0", "192.168.1.6", "192.168.1.8", "2001:db7:ffff::", "2001:db9::", "::"]
    {
        assert!(!networks.contains(outside.parse().unwrap()), "{outside}");
    }
}

#[test]
fn an_ipv4_address_counts_as_one_however_it_is_written() {
    let four = networks(&["10.0.0.0/8"]);
    assert!(four.contains("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!four.contains("::10.1.2.3".parse().unwrap()));
    // No IPv4 address lies in an IPv6 network, not even in the one of all addresses.
    assert!(!networks(&["::/0"]).contains("::ffff:10.1.2.3".parse().unwrap()));
    assert!(!networks(&["0.0.0.0/0"]).contains("::1".parse().unwrap()));
}

#[test]
fn everything_and_nothing_are_networks_too() {
    let everything = networks(&["0.0.0.0/0", "::/0"]);
    assert!(everything.contains("255.255.255.255".parse().unwrap()));
    assert!(everything.contains("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff".parse().unwrap()));
    assert!(!Networks::default().contains("0.0.0.0".parse().unwrap()));
}

#[test]
fn what_is_no_network_says_why() {
    for text in [
        "",
        "10.0.0",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "010.0.0.1",
        "::/129",
        "fe80::1%eth0",
        "10.0.0.0 /8",
        "10.0.0.0/08",
        "0.0.0.0/00",
        "2001:db8::/032",
        "x",
    ] {
        assert_eq!(parse_network(text), Err(NetworkError::Malformed), "{text}");
    }
    for text in ["10.0.0.1/8", "2001:db8::1/32", "0.0.0.1/0"] {
        assert_eq!(parse_network(text), Err(NetworkError::HostBits), "{text}");
    }
    for text in ["::ffff:10.0.0.0/104", "::ffff:10.0.0.1", "::ffff:0:0/96"] {
        assert_eq!(parse_network(text), Err(NetworkError::Mapped), "{text}");
    }
}
