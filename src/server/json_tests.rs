//! Bodies that have to be refused, and what the others become.

use super::*;

fn error(body: impl AsRef<[u8]>) -> String {
    read(body.as_ref()).expect_err("the body should be refused").to_string()
}

#[test]
fn every_form_becomes_its_input() {
    let body =
        br#"{"n": null, "b": true, "i": -7, "d": 0.5, "w": 7.0, "t": "a\u00e9", "l": [1, []], "r": {}}"#;
    let members = vec![
        ("n".into(), Input::Null),
        ("b".into(), Input::Bool(true)),
        ("i".into(), Input::Int(-7)),
        ("d".into(), Input::Decimal(0.5)),
        ("w".into(), Input::Decimal(7.0)),
        ("t".into(), Input::Text("a\u{e9}".into())),
        ("l".into(), Input::List(vec![Input::Int(1), Input::List(vec![])])),
        ("r".into(), Input::Record(vec![])),
    ];
    assert_eq!(read(body), Ok(Input::Record(members)));
}

#[test]
fn a_member_given_twice_is_refused_at_any_depth_and_in_any_spelling() {
    for body in [
        r#"{"id": 1, "id": 1}"#,
        r#"{"id": 1, "\u0069d": 2}"#,
        r#"{"a": [{"b": {"id": null, "c": 0, "id": null}}]}"#,
    ] {
        let message = error(body);
        assert!(message.ends_with("the member `id` is given twice"), "{message}");
    }
    let mut wide: Vec<String> = (0..40).map(|number| format!("\"m{number}\": 0")).collect();
    assert!(read(format!("{{{}}}", wide.join(",")).as_bytes()).is_ok());
    wide.push("\"m3\": 1".to_owned());
    assert_eq!(
        error(format!("{{{}}}", wide.join(","))),
        "line 1, column 355: the member `m3` is given twice"
    );
}

#[test]
fn numbers_that_would_lose_digits_are_refused() {
    let shared = ["9007199254740993.0", "-9007199254740992.0"];
    let large = ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e17", "-1e300"];
    for number in shared.into_iter().chain(large) {
        let message = error(number);
        assert!(message.ends_with(": a number too large to be exact"), "{number}: {message}");
    }
    assert_eq!(read(b"9223372036854775807"), Ok(Input::Int(i64::MAX)));
    assert_eq!(read(b"9007199254740993"), Ok(Input::Int(9_007_199_254_740_993)));
    for exact in
        [9_007_199_254_740_991.0, 9_007_199_254_740_989.0, -4_503_599_627_370_497.0, 123_456_789_012_345.0]
    {
        assert_eq!(read(format!("{exact:.1}").as_bytes()), Ok(Input::Decimal(exact)), "{exact}");
    }
    assert_eq!(read(b"1e3"), Ok(Input::Decimal(1000.0)));
    assert!(error("1e400").ends_with(": number out of range"));
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for (body, expected) in [
        (&b"{\"a\": }"[..], "line 1, column 7: `a`: expected value"),
        (b"{\n  \"a\": 1,\n}", "line 3, column 1: trailing comma"),
        (b"{} {}", "line 1, column 4: trailing characters"),
        (b"", "line 1, column 1: the body is empty, and should be a JSON object"),
        (b"\"\\ud800\"", "line 1, column 8: unexpected end of hex escape"),
        (b"NaN", "line 1, column 1: expected value"),
        (b"// no\n1", "line 1, column 1: expected value"),
        (b"\xef\xbb\xbf{}", "line 1, column 1: expected value"),
        (b"\xff\xfe{\0}\0", "line 1, column 1: the body is not UTF-8 at byte 1"),
        (b"{\"ignored\": \"\xc0\xaf\"}", "line 1, column 14: the body is not UTF-8 at byte 14"),
    ] {
        assert_eq!(error(body), expected, "{}", String::from_utf8_lossy(body));
    }
}

#[test]
fn a_nul_is_refused_in_texts_and_names() {
    assert_eq!(error(r#"{"a": "x\u0000y"}"#), "line 1, column 16: `a`: a text with a NUL character");
    assert_eq!(error(r#"{"a\u0000": 1}"#), "line 1, column 10: `a\\0`: a text with a NUL character");
}

#[test]
fn bounds_hold_exactly() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(nested(64).as_bytes()).is_ok());
    assert!(error(nested(65)).contains(": nested more than 64 deep"));
    assert!(error("[".repeat(100_000)).contains(": nested more than 64 deep"));

    let list = |length: usize| format!("[{}]", vec!["0"; length].join(","));
    assert!(read(list(1024).as_bytes()).is_ok());
    assert!(error(list(1025)).contains(": a list of more than 1024 elements"));

    let object = |length: usize| {
        let members: Vec<String> = (0..length).map(|number| format!("\"{number}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(read(object(1024).as_bytes()).is_ok());
    assert!(error(object(1025)).contains(": an object of more than 1024 members"));

    let text = |length: usize| format!("\"{}\"", "a".repeat(length));
    assert!(read(text(8192).as_bytes()).is_ok());
    assert!(error(text(8193)).contains(": a text of more than 8192 bytes"));
}

#[test]
fn a_mistake_names_the_member_that_it_is_in() {
    let body = "{\"context\": {\n  \"gr\u{f6}\u{df}e\": [1, {\"a\": 1e300}]}}";
    assert_eq!(
        error(body),
        "line 2, column 26: `context.gr\u{f6}\u{df}e[1].a`: a number too large to be exact"
    );
    assert_eq!(error("[0, {\"a\": 1, \"a\": 2}]"), "line 1, column 16: `[1]`: the member `a` is given twice");
}

#[test]
fn a_place_is_found_by_its_members() {
    let body = " {\"a\": [10,\n  {\"\\u0062\": \"\u{e9}\", \"c\": []}]}".as_bytes();
    let place = |path: &[Member]| Mistake::with(body, path, "is wrong").to_string();
    let (a, b, c) = (Member::Named("a"), Member::Named("b"), Member::Named("c"));
    assert_eq!(place(&[]), "line 1, column 2: is wrong");
    assert_eq!(place(&[a]), "line 1, column 8: `a` is wrong");
    assert_eq!(place(&[a, Member::Numbered(0)]), "line 1, column 9: `a[0]` is wrong");
    assert_eq!(place(&[a, Member::Numbered(1), b]), "line 2, column 14: `a[1].b` is wrong");
    assert_eq!(place(&[a, Member::Numbered(1), c]), "line 2, column 24: `a[1].c` is wrong");
    // What is missing is missed where it should stand.
    assert_eq!(place(&[a, Member::Numbered(7), c]), "line 1, column 8: `a[7].c` is wrong");
    assert_eq!(place(&[b]), "line 1, column 2: `b` is wrong");
}
