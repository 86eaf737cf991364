//! What stands for a refused request says what could be read of it, and nothing else can be taken for it.

use super::*;

#[test]
fn a_stand_in_says_what_it_stands_for_and_nothing_else_does() {
    let request = |target: &str, version, lines: &[(&str, &str)]| {
        let mut request = Request::builder().uri(target).version(version);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    };
    for (number, expected) in Flaw::ALL.into_iter().enumerate() {
        assert_eq!(expected as usize, number);
        let number = number.to_string();
        let read = flaw(&request("*", Version::HTTP_11, &[("flaw", &number)]));
        assert_eq!(read, Some((expected, false)));
        assert_eq!(flaw(&request("/", Version::HTTP_11, &[("flaw", &number)])), None);
        assert_eq!(flaw(&request("*", Version::HTTP_2, &[("flaw", &number)])), None);
    }
    let of_proxy = request("*", Version::HTTP_11, &[("flaw", "0"), ("of-proxy", "1")]);
    assert_eq!(flaw(&of_proxy), Some((Flaw::LineEnd, true)));
    let lines = |head: &str| String::from_utf8(stand_in(Flaw::Host, head.as_bytes()).to_vec()).unwrap();
    for head in [
        "GET /authz/auth-request HTTP/1.1\r\n\r\n",
        "GET http://pdp/authz/x",
        "\u{1}/authz/\n",
        "\r\n\nGET /authz/x HTTP/1.1",
    ] {
        assert!(lines(head).contains("\r\nof-proxy: 1\r\n"), "{head}");
    }
    for head in ["GET / HTTP/1.1\r\nReferer: /authz/\r\n\r\n", "", "GET /authz HTTP/1.1\r\n"] {
        assert!(!lines(head).contains("of-proxy"), "{head}");
    }
}

#[test]
fn it_says_where_the_refused_request_went_and_which_it_was() {
    let told = |head: &str| {
        let text = String::from_utf8(stand_in(Flaw::Host, head.as_bytes()).to_vec()).unwrap();
        let value = |name: &str| {
            let lines = text.split("\r\n").filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            lines.map(str::to_owned).collect::<Vec<String>>().join("|")
        };
        (value("path"), value("x-request-id"))
    };
    let long = "a".repeat(257);
    for (head, path, id) in [
        ("GET /authz/auth-request?x HTTP/1.1\r\nx-REQUEST-id:  a b \r\n\r\n", "/authz/auth-request", "a b"),
        // Lines in LF alone, and a request that never comes to its end.
        ("GET /livez HTTP/1.1\nX-Request-ID: 7\nHost", "/livez", "7"),
        ("GET /a\u{e9} HTTP/1.1\r\nX-Request-ID: 7\r\n", "", "7"),
        ("GET http://a/b HTTP/1.1\r\n", "", ""),
        (&format!("GET /{long} HTTP/1.1\r\nX-Request-ID: {long}\r\n"), &format!("/{}", "a".repeat(63)), ""),
        // What is no id, what may be but its start, what is one of two, and what is in the body.
        ("GET / HTTP/1.1\r\nX-Request-ID: \u{e9}\r\n\r\n", "/", ""),
        ("GET / HTTP/1.1\r\nX-Request-ID: a\rflaw: 9\r\n\r\n", "/", ""),
        ("GET / HTTP/1.1\r\nX-Request-ID: \r\n\r\n", "/", ""),
        ("GET / HTTP/1.1\r\nX-Request-ID: 123", "/", ""),
        ("GET / HTTP/1.1\r\nX-Request-ID: 1\r\nX-Request-ID: 1\r\n\r\n", "/", ""),
        ("GET / HTTP/1.1\r\nHost: a\r\n\r\nX-Request-ID: 1\r\n", "/", ""),
        ("", "", ""),
    ] {
        assert_eq!(told(head), (path.to_owned(), id.to_owned()), "{head}");
    }
    let request = Request::builder().uri("*").header("flaw", "9").header("path", "/x").body(()).unwrap();
    assert_eq!(path(&request), "/x");
    let other = Request::builder().uri("/y").header("path", "/x").body(()).unwrap();
    assert_eq!(path(&other), "/y");
}
