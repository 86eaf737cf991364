//! Heads that mean one thing, and those that some program on the way could read differently.

use super::*;

const HOST: &str = "Host: pdp\r\n";

fn head(first_line: &str, lines: &str) -> Result<Framing, Flaw> {
    read(format!("{first_line}\r\n{lines}\r\n").as_bytes())
}

fn get(lines: &str) -> Result<Framing, Flaw> {
    head("GET / HTTP/1.1", &format!("{HOST}{lines}"))
}

#[test]
fn what_means_one_thing_is_read() {
    const NONE: Result<Framing, Flaw> = Ok(Framing::Length(0));
    for first_line in [
        "GET / HTTP/1.1",
        "POST /access/v1/evaluation HTTP/1.1",
        "VERSION-CONTROL /a//b/../c?x=http://y/%zz;[]{}|\\^ HTTP/1.1",
        "GET / HTTP/1.0",
    ] {
        assert_eq!(head(first_line, HOST), NONE, "{first_line}");
    }
    for lines in [
        "",
        "X-A:\r\n",
        "X-A: a\tb \r\nX_B: \u{e9}\r\nX-C: \u{e9}\t\u{e9}\r\n!#$%&'*+.^`|~: 1\r\n",
        "Connection: keep-alive\r\nTE: trailers\r\nExpect: 100-continue\r\n",
    ] {
        assert_eq!(get(lines), NONE, "{lines}");
    }
    for host in ["pdp", "PDP.example.com:8181", "127.0.0.1:1", "[::1]:8181", "[2001:db8::1]", "my_side-car."]
    {
        assert_eq!(head("GET / HTTP/1.1", &format!("host:{host}\r\n")), NONE, "{host}");
    }
    assert_eq!(head("GET / HTTP/1.0", ""), NONE);
    assert_eq!(get("content-length: 0017\r\n"), Ok(Framing::Length(17)));
    assert_eq!(get("Content-Length:999999999999999\r\n"), Ok(Framing::Length(999_999_999_999_999)));
    assert_eq!(get("transfer-encoding: Chunked\r\n"), Ok(Framing::Chunked));
}

#[test]
fn a_first_line_has_three_parts() {
    for line in [
        "",
        "GET",
        "GET /",
        "GET  / HTTP/1.1",
        " GET / HTTP/1.1",
        "GET / HTTP/1.1 ",
        "GET /a b HTTP/1.1",
        "GET / HTTP/1.2",
        "GET / HTTP/2.0",
        "GET / HTTP/0.9",
        "GET / http/1.1",
        "GET / HTTP/01.1",
    ] {
        assert_eq!(head(line, HOST), Err(Flaw::FirstLine), "{line}");
    }
}

#[test]
fn methods_are_capital_letters() {
    // T-18.
    for method in
        ["", "get", "Get", "G\u{c9}T", "GET\t", "CONNECT", "TRACE", "G3T", "\"GET\"", &"G".repeat(33)]
    {
        assert_eq!(head(&format!("{method} / HTTP/1.1"), HOST), Err(Flaw::Method), "{method}");
    }
}

#[test]
fn targets_are_paths() {
    // T-09, T-15.
    for target in [
        "",
        "*",
        "admin",
        "pdp:80",
        "http://pdp/access/v1/evaluation",
        "//pdp/access/v1/evaluation",
        "/admin#x",
        "/\u{e9}",
        "/a\tb",
        "/a\u{7f}",
        "/<a>",
        "/?\"a\"",
        "/`",
    ] {
        assert_eq!(head(&format!("GET {target} HTTP/1.1"), HOST), Err(Flaw::Target), "{target}");
    }
    let long = |length: usize| head(&format!("GET /{} HTTP/1.1", "a".repeat(length - 1)), HOST);
    assert_eq!(long(TARGET_BYTES_MAX), Ok(Framing::Length(0)));
    assert_eq!(long(TARGET_BYTES_MAX + 1), Err(Flaw::TargetSize));
}

/// Otherwise it would answer 400 by itself, to a proxy too.
#[test]
fn the_library_reads_every_target_that_passes() {
    for byte in 0..=u8::MAX {
        for start in ["/a", "/a?b"] {
            let target = [start.as_bytes(), &[byte], b"c"].concat();
            if check_target(&target).is_ok() {
                let read = hyper::http::uri::PathAndQuery::try_from(target.as_slice()).unwrap();
                assert_eq!(read.as_str().as_bytes(), target);
            }
        }
    }
}

#[test]
fn bytes_that_are_no_utf_8_are_refused() {
    let with = |target: &[u8], value: &[u8]| {
        read(&[b"GET ", target, b" HTTP/1.1\r\nHost: pdp\r\nX: ", value, b"\r\n\r\n"].concat())
    };
    assert_eq!(with(b"/", b"\xc3\xa9"), Ok(Framing::Length(0)));
    assert_eq!(with(b"/\xff", b""), Err(Flaw::Target));
    for value in [
        &b"\xff"[..],
        b"a\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xe9",
        b"a\0b",
        b"a\x1bb",
        b"a\rb",
        b"\ra",
        b"a\r",
        b"\x0ca",
        b"\x7f",
    ] {
        assert_eq!(with(b"/", value), Err(Flaw::HeaderValue), "{value:?}");
    }
}

#[test]
fn there_is_one_host() {
    // T-15, T-16.
    for lines in [
        "",
        "Host: pdp\r\nHost: pdp\r\n",
        "Host: pdp\r\nhost: other\r\n",
        "Host:\r\n",
        "Host: a,b\r\n",
        "Host: a b\r\n",
        "Host: user@pdp\r\n",
        "Host: pdp/x\r\n",
        "Host: pdp:\r\n",
        "Host: pdp:80:80\r\n",
        "Host: http://pdp\r\n",
        "Host: a;b\r\n",
        "Host: \"a\"\r\n",
        "Host: \u{e9}\r\n",
    ] {
        assert_eq!(head("GET / HTTP/1.1", lines), Err(Flaw::Host), "{lines}");
    }
    assert_eq!(head("GET / HTTP/1.0", "Host: a\r\nHost: a\r\n"), Err(Flaw::Host));
}

#[test]
fn headers_are_names_and_values() {
    // T-35: a folded line, and a space before the colon.
    for lines in [
        "X-A : 1\r\n",
        " folded: 1\r\n",
        "X-A: 1\r\n\tfolded\r\n",
        ": 1\r\n",
        "X-A\r\n",
        "X\u{e9}: 1\r\n",
        "X(: 1\r\n",
        "X\0: 1\r\n",
    ] {
        assert_eq!(get(lines), Err(Flaw::HeaderName), "{lines}");
    }
    let many =
        |count: usize| (0..count).map(|number| format!("X-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    assert_eq!(get(&many(HEADERS_MAX - 1)), Ok(Framing::Length(0)));
    assert_eq!(get(&many(HEADERS_MAX)), Err(Flaw::HeaderCount));
}

#[test]
fn a_length_is_told_once() {
    // T-34.
    for lines in [
        "Content-Length: 3\r\nContent-Length: 3\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n",
        "Content-Length: 3, 3\r\n",
        "Content-Length:\r\n",
        "Content-Length: +3\r\n",
        "Content-Length: -3\r\n",
        "Content-Length: 0x3\r\n",
        "Content-Length: 3 3\r\n",
        "Content-Length: 3.0\r\n",
        "Content-Length: \u{663}\r\n",
        "Content-Length: 9999999999999999\r\n",
        "Content-Length: 18446744073709551619\r\n",
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
    ] {
        assert_eq!(get(lines), Err(Flaw::Framing), "{lines}");
    }
    let old = head("POST / HTTP/1.0", &format!("{HOST}Transfer-Encoding: chunked\r\n"));
    assert_eq!(old, Err(Flaw::Framing));
}

#[test]
fn lines_end_with_both_characters_however_they_come() {
    let end = |text: &str, piece: usize| {
        let mut lines = Lines::default();
        (0..text.len()).step_by(piece).find_map(|start| {
            let so_far = text.get(..(start + piece).min(text.len())).unwrap();
            lines.end(so_far.as_bytes()).transpose()
        })
    };
    for piece in 1..20 {
        assert_eq!(end("GET / HTTP/1.1\r\nA: b\r\n\r\nmore\n", piece), Some(Ok(24)), "{piece}");
        assert_eq!(end("GET / HTTP/1.1\r\nA: b\r\n", piece), None, "{piece}");
        assert_eq!(end("\r\nGET / HTTP/1.1\r\n", piece), Some(Ok(2)), "{piece}");
        // T-35.
        for wrong in
            ["GET / HTTP/1.1\nA: b\r\n\r\n", "GET / HTTP/1.1\r\nA: b\n\r\n", "GET /\r\nA: b\r\n\n", "\n"]
        {
            assert_eq!(end(wrong, piece), Some(Err(Flaw::LineEnd)), "{wrong:?} {piece}");
        }
    }
    let padded = |length: usize| format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "a".repeat(length - 23));
    assert_eq!(end(&padded(HEAD_BYTES_MAX), 4096), Some(Ok(HEAD_BYTES_MAX)));
    assert_eq!(end(&padded(HEAD_BYTES_MAX + 1), 4096), Some(Err(Flaw::HeadSize)));
    assert_eq!(end(&padded(HEAD_BYTES_MAX + 1), 100_000), Some(Err(Flaw::HeadSize)));
    assert_eq!(end(&"a".repeat(HEAD_BYTES_MAX + 1), 4096), Some(Err(Flaw::TargetSize)));
}
