//! What is told of targets that are refused. What is refused, and what isn't, is tested where requests are read.

use super::*;

#[test]
fn each_flaw_of_a_target_is_told_by_what_it_is() {
    let long = format!("/{}", "a".repeat(8 * 1024));
    for (uri, flaw) in [
        (long.as_str(), UriFlaw::Length),
        ("/a#b", UriFlaw::Bytes),
        ("/a b", UriFlaw::Bytes),
        ("/z\u{fc}rich", UriFlaw::Bytes),
        ("", UriFlaw::NoSlash),
        ("a", UriFlaw::NoSlash),
        ("/a\\b", UriFlaw::Delimiter),
        ("/a;b", UriFlaw::Delimiter),
        ("/a%2fb", UriFlaw::Delimiter),
        ("/a%3Fb", UriFlaw::Delimiter),
        ("/a%2", UriFlaw::Escape),
        ("/a%zz", UriFlaw::Escape),
        ("/a%2561", UriFlaw::DoubleEncoding),
        ("/a%c0%ae", UriFlaw::Utf8),
        ("/a%00", UriFlaw::Hidden),
        ("/a%e2%80%8b", UriFlaw::Hidden),
        ("/a/../b", UriFlaw::DotSegment),
        ("/a/%2e", UriFlaw::DotSegment),
        ("/a//b", UriFlaw::EmptySegment),
    ] {
        let found = Original::new(OriginalParts { method: "GET", uri, ..OriginalParts::default() });
        assert_eq!(found.map(drop), Err(Malformed::Uri(flaw)), "{uri}");
    }
}
