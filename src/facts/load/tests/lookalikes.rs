//! Warnings of ids that look like another.

use super::load_texts;

/// What is warned of in this file, with the underlined text.
fn warnings(file: &str) -> Vec<String> {
    let (sources, facts, diagnostics) = load_texts(&[file]);
    assert!(facts.is_some(), "{diagnostics:#?}");
    let told = diagnostics.iter().map(|warning| {
        let place = warning.place.as_ref().map_or("nowhere", |(span, _)| sources.text(*span));
        format!("{} {} <{place}>", warning.code.text(), warning.message)
    });
    told.collect()
}

#[test]
fn ids_that_look_like_another_of_their_type_are_warned_of() {
    let file = "package: hackai\nsubjects:\n  user:\n    admin: {}\n    Admin: {}\n    \"\u{430}dmin\": {}\n    \
                \u{212a}8s: {}\n    k8s: {}\ngroups:\n  admin: {}\n  ADMINS: {}\n";
    assert_eq!(
        warnings(file),
        [
            "P0222 the user `Admin` looks like `admin` <Admin>",
            "P0222 the user `\u{430}dmin` looks like `admin` <\"\u{430}dmin\">",
            "P0222 the user `\u{212a}8s` looks like `k8s` <\u{212a}8s>",
        ]
    );
}

#[test]
fn two_ways_to_write_one_letter_look_alike() {
    let found = warnings("package: hackai\ngroups:\n  caf\u{e9}: {}\n  cafe\u{301}: {}\n  cafe: {}\n");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("P0222 the group `cafe\u{301}` looks like `caf\u{e9}`"), "{found:?}");
}

#[test]
fn many_ids_are_looked_at_in_time() {
    let ids: Vec<String> = (0..100_000).map(|number| format!("  User{number}: {{}}\n")).collect();
    let ids = ids.concat();
    let start = std::time::Instant::now();
    assert_eq!(warnings(&format!("package: hackai\ngroups:\n  \"\u{430}\": {{}}\n{ids}")), [""; 0]);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
}
