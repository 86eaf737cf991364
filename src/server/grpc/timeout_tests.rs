//! `grpc-timeout`, as gRPC has it and as it has not.

use std::time::Duration;

use hyper::header::{HeaderMap, HeaderValue};

use super::{Malformed, timeout};

fn said(values: &[&str]) -> Result<Option<Duration>, Malformed> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append("grpc-timeout", HeaderValue::from_str(value).unwrap());
    }
    timeout(&headers)
}

#[test]
fn it_is_a_number_and_a_unit() {
    for (text, nanoseconds) in [
        ("0m", 0),
        ("7n", 7),
        ("7u", 7_000),
        ("7m", 7_000_000),
        ("7S", 7_000_000_000),
        ("7M", 420_000_000_000),
        ("7H", 25_200_000_000_000),
        ("00000007n", 7),
        ("99999999H", 359_999_996_400_000_000_000),
    ] {
        assert_eq!(said(&[text]).unwrap().unwrap().as_nanos(), nanoseconds, "{text}");
    }
    assert_eq!(said(&[]), Ok(None));
}

#[test]
fn nothing_else_is_one() {
    for text in
        ["", "m", "7", "7s", "7h", "7 m", " 7m", "7m ", "-7m", "+7m", "0.7m", "7mm", "100000000n", "７m"]
    {
        assert_eq!(said(&[text]), Err(Malformed), "{text}");
    }
    assert_eq!(said(&["7m", "7m"]), Err(Malformed));
}
