//! What `Accept` asks for, and what goes into HTML.

use super::*;

fn wanted(dialect: Dialect, values: &[&str]) -> Option<Form> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(ACCEPT, value.parse().unwrap());
    }
    form(dialect, &headers)
}

#[test]
fn only_a_type_that_is_named_is_sent() {
    for (accept, expected) in [
        ("application/json", Some(Form::Json)),
        ("APPLICATION/JSON", Some(Form::Json)),
        ("application/json; charset=utf-8", Some(Form::Json)),
        ("text/html", Some(Form::Html)),
        // A browser's.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Some(Form::Html)),
        // What JavaScript's libraries send.
        ("application/json, text/plain, */*", Some(Form::Json)),
        ("*/*", None),
        ("text/*, application/*", None),
        ("", None),
        ("text/plain", None),
        ("application/problem+json", None),
        ("image/png, */*;q=0.5", None),
        // Of two the one that is wanted more, or else the first.
        ("text/html;q=0.5, application/json;q=0.6", Some(Form::Json)),
        ("text/html;q=0.601, application/json;q=0.6", Some(Form::Html)),
        ("text/html;level=1;Q=0.5, application/json", Some(Form::Json)),
        ("application/json, text/html", Some(Form::Json)),
        ("text/html, application/json", Some(Form::Html)),
        ("text/html;q=1.000, application/json;q=1", Some(Form::Html)),
        // What is not wanted, or what nobody can say how much, isn't sent.
        ("text/html;q=0", None),
        ("text/html;q=0.000, application/json;q=0.001", Some(Form::Json)),
        ("text/html;q=2", None),
        ("text/html;q=1.1", None),
        ("text/html;q=-1", None),
        ("text/html;q=0.1234", None),
        ("text/html;q=x", None),
        ("text/html;q=", None),
        ("text/html;q=0.+5", None),
    ] {
        for dialect in [Dialect::ForwardAuth, Dialect::EnvoyHttp] {
            assert_eq!(wanted(dialect, &[accept]), expected, "{accept}");
        }
        assert_eq!(wanted(Dialect::AuthRequest, &[accept]), None, "nginx drops it: {accept}");
    }
    assert_eq!(wanted(Dialect::ForwardAuth, &[]), None);
    assert_eq!(wanted(Dialect::ForwardAuth, &["image/png", "text/html;q=0.1"]), Some(Form::Html));
}

#[test]
fn nothing_in_a_text_is_html() {
    assert_eq!(
        escaped("<a href='x' b=\"y\">&amp;</a>"),
        "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;&lt;/a&gt;"
    );
    assert_eq!(escaped("nobody \u{e9}"), "nobody \u{e9}");
}
