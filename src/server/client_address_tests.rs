//! Rows T-26, T-27 and T-29 of the threat catalogue.

use super::*;
use crate::model::Networks;
use crate::model::network::parse_network;

fn peers(networks: &[&str]) -> TrustedPeers {
    let networks: Vec<_> = networks.iter().map(|text| parse_network(text).unwrap()).collect();
    TrustedPeers { networks: Networks::new(&networks), unix: false }
}

#[test]
fn the_client_stands_before_what_our_proxies_have_added() {
    let ours = peers(&["10.0.0.0/8", "2001:db8::/32"]);
    for (hops, forwarded_for, expected) in [
        // T-26: what the client made up is no matter.
        (1, "10.0.0.1, 203.0.113.7", Some("203.0.113.7")),
        (1, "6.6.6.6,203.0.113.7", Some("203.0.113.7")),
        (1, "203.0.113.7", Some("203.0.113.7")),
        // With one proxy nothing is skipped, wherever the client is.
        (1, "6.6.6.6, 10.0.0.1", Some("10.0.0.1")),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
        (2, "203.0.113.7\t,  ::ffff:10.0.0.1", Some("203.0.113.7")),
        (2, "203.0.113.7, 2001:db8::1", Some("203.0.113.7")),
        // Whoever is no proxy of ours is the client, however many there might have been.
        (2, "10.0.0.1, 203.0.113.7", Some("203.0.113.7")),
        (3, "6.6.6.6, 203.0.113.7, 10.0.0.1", Some("203.0.113.7")),
        // And no more are skipped than there are.
        (2, "6.6.6.6, 10.0.0.2, 10.0.0.1", Some("10.0.0.2")),
        (3, "6.6.6.6, 10.0.0.2, 10.0.0.1", Some("6.6.6.6")),
        // A proxy that asks for itself, or says nothing of its client, is no client.
        (2, "10.0.0.1", None),
        (3, "10.0.0.2, 10.0.0.1", None),
    ] {
        assert_eq!(client(forwarded_for, &ours, hops), expected, "{hops} {forwarded_for}");
    }
}

#[test]
fn whoever_trusts_nobody_skips_nobody() {
    // T-29.
    assert_eq!(client("6.6.6.6, 10.0.0.1", &peers(&[]), 16), Some("10.0.0.1"));
}

#[test]
fn what_is_no_list_of_addresses_is_refused() {
    // T-27.
    let ours = peers(&["10.0.0.0/8"]);
    for entry in [
        "",
        " ",
        "[::1]",
        "[::1]:80",
        "10.0.0.1:80",
        "fe80::1%eth0",
        "010.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "\"10.0.0.1\"",
        "unknown",
        "10.0.0.0/8",
        "10.0.0.1 10.0.0.2",
        "10.0.0.1;10.0.0.2",
        "_hidden",
    ] {
        for whole in [entry.to_owned(), format!("{entry}, 203.0.113.7"), format!("203.0.113.7, {entry}")] {
            assert_eq!(client(&whole, &ours, 1), None, "{whole}");
            assert_eq!(client(&whole, &ours, 2), None, "{whole}");
        }
    }
    let list = |count| vec!["203.0.113.7"; count].join(", ");
    assert!(client(&list(FORWARDED_ADDRESSES_MAX), &ours, 1).is_some());
    assert_eq!(client(&list(FORWARDED_ADDRESSES_MAX + 1), &ours, 1), None);
    assert_eq!(client(&list(1_000), &ours, 1), None);
}
