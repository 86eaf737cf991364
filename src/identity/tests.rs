//! Which peers and which ids are believed.

use super::*;
use crate::model::Networks;
use crate::model::network::parse_network;

fn trust(networks: &[&str], unix: bool) -> TrustedPeers {
    let networks: Vec<_> = networks.iter().map(|text| parse_network(text).unwrap()).collect();
    TrustedPeers { networks: Networks::new(&networks), unix }
}

fn address(text: &str) -> Peer {
    Place::Address(text.parse().unwrap()).into()
}

fn socket() -> Peer {
    Place::Unix.into()
}

#[test]
fn an_empty_list_trusts_nobody() {
    let nobody = trust(&[], false);
    for peer in [address("127.0.0.1"), address("::1"), address("10.0.0.1"), socket()] {
        assert!(!is_trusted(&nobody, &peer), "{peer:?}");
    }
}

#[test]
fn a_network_covers_its_addresses_however_they_are_written() {
    let local = trust(&["127.0.0.1/32", "2001:db8::/32"], false);
    for peer in ["127.0.0.1", "::ffff:127.0.0.1", "2001:db8::7"] {
        assert!(is_trusted(&local, &address(peer)), "{peer}");
    }
    for peer in ["127.0.0.2", "::1", "2001:db9::7", "::ffff:127.0.0.2"] {
        assert!(!is_trusted(&local, &address(peer)), "{peer}");
    }
    assert!(!is_trusted(&local, &socket()));
}

#[test]
fn unix_peers_are_trusted_only_when_named() {
    let unix = trust(&[], true);
    assert!(is_trusted(&unix, &socket()));
    assert!(!is_trusted(&unix, &address("127.0.0.1")));
}

fn read(values: &[&'static [u8]]) -> Result<Option<&'static str>, IdentityError> {
    subject_id(values.iter().copied())
}

#[test]
fn an_id_is_taken_byte_for_byte() {
    assert_eq!(read(&[b"alice"]), Ok(Some("alice")));
    assert_eq!(read(&[b"Alice"]), Ok(Some("Alice")));
    assert_eq!(read(&["zo\u{eb} m\u{fc}ller".as_bytes()]), Ok(Some("zo\u{eb} m\u{fc}ller")));
}

#[test]
fn no_header_and_an_empty_one_are_the_anonymous_subject() {
    assert_eq!(read(&[]), Ok(None));
    assert_eq!(read(&[b""]), Ok(None));
}

#[test]
fn a_second_value_is_never_merged_or_chosen() {
    assert_eq!(read(&[b"alice", b"bob"]), Err(IdentityError::Repeated));
    assert_eq!(read(&[b"alice", b"alice"]), Err(IdentityError::Repeated));
    assert_eq!(read(&[b"", b"admin"]), Err(IdentityError::Repeated));
}

#[test]
fn what_a_person_could_not_tell_apart_is_refused() {
    for value in [
        b"\xff\xfe".as_slice(),
        b"ali\xc0\xafce",
        b"alice\t",
        b" alice",
        b"alice ",
        b"al\x7fice",
        "ali\u{200b}ce".as_bytes(),
        "\u{202e}ecila".as_bytes(),
        "alice\u{feff}".as_bytes(),
        "ali\u{85}ce".as_bytes(),
        "alice\u{3164}".as_bytes(),
        "\u{2800}".as_bytes(),
        "ali\u{ffa0}ce".as_bytes(),
        "\u{115f}\u{1160}".as_bytes(),
    ] {
        assert_eq!(subject_id([value].into_iter()), Err(IdentityError::Unprintable), "{value:?}");
    }
    let long = vec![b'a'; REQUEST_TEXT_BYTES_MAX + 1];
    assert_eq!(subject_id([long.as_slice()].into_iter()), Err(IdentityError::TooLong));
}
