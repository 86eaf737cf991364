//! What Envoy says of certificates, and what others say in its name.

use super::*;

fn read(values: &[&str]) -> Result<Option<String>, ForwardedError> {
    forwarded_spiffe_id(values.iter().map(|value| value.as_bytes())).map(|id| id.map(str::to_owned))
}

const ORDERS: &str = "spiffe://example.com/ns/prod/sa/orders";

#[test]
fn the_last_element_says_who_it_is() {
    assert_eq!(read(&[]), Ok(None));
    for value in [
        format!("URI={ORDERS}"),
        format!(
            "By=spiffe://example.com/envoy;Hash=0a1b;Subject=\"CN=orders,O=Example\";URI={ORDERS};DNS=a;DNS=b"
        ),
        format!("Hash=00;URI=spiffe://example.com/evil,Hash=0a1b;URI={ORDERS}"),
        format!("uri=\"{ORDERS}\""),
        format!("Subject=\"CN=\\\",URI=spiffe://example.com/evil;x=\\\"\";URI={ORDERS}"),
    ] {
        assert_eq!(read(&[&value]), Ok(Some(ORDERS.to_owned())), "{value}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let uri = format!("URI={ORDERS}");
    for values in [
        &[uri.as_str(), uri.as_str()][..],
        &[""],
        &["Hash=00"],
        &["URI="],
        &["URI=https://example.com/a"],
        &["URI=spiffe://example.com"],
        &["URI=spiffe://ORDERS/a"],
        &["URI=spiffe://example.com/../a"],
        &["URI=spiffe://example.com/a;URI=spiffe://example.com/b"],
        &["URI=spiffe://example.com/a;uri=spiffe://example.com/a"],
        &["URI=spiffe://example.com/a, URI=spiffe://example.com/b"],
        &["URI=spiffe://example.com/a,"],
        &[",URI=spiffe://example.com/a"],
        &["URI=spiffe://example.com/a;"],
        &["URI=spiffe://example.com/a;Role=admin"],
        &["URI=\"spiffe://example.com/a"],
        &["URI=\"spiffe://example.com/a\"b"],
        &["Subject=\"CN=a;URI=spiffe://example.com/a"],
        &["Subject=a\";URI=spiffe://example.com/a"],
        // The last one says nothing: the one before it doesn't speak for it.
        &["URI=spiffe://example.com/a,Hash=00"],
    ] {
        assert_eq!(read(values), Err(ForwardedError), "{values:?}");
    }
    assert_eq!(forwarded_spiffe_id([b"URI=\xff".as_slice()].into_iter()), Err(ForwardedError));
}
