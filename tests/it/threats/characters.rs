//! Characters that people don't see, or take for others: rows T-52 and T-58 of the threats.

use super::told::{check_policy, check_yaml};

/// What turns the direction of writing, what has no width, what no editor shows.
const HIDDEN: &[char] = &[
    '\u{202a}',
    '\u{202b}',
    '\u{202c}',
    '\u{202d}',
    '\u{202e}',
    '\u{2066}',
    '\u{2067}',
    '\u{2068}',
    '\u{2069}',
    '\u{200e}',
    '\u{200f}',
    '\u{61c}',
    '\u{200b}',
    '\u{200c}',
    '\u{200d}',
    '\u{2060}',
    '\u{feff}',
    '\u{115f}',
    '\u{1160}',
    '\u{2800}',
    '\u{3164}',
    '\u{ffa0}',
    '\u{ad}',
    '\u{180e}',
    '\u{e0041}',
    '\u{2028}',
    '\u{2029}',
    '\u{fffa}',
    '\0',
    '\u{7}',
    '\u{1b}',
    '\u{7f}',
    '\u{85}',
    '\u{9b}',
];

#[test]
fn t_52_hidden_characters_are_refused_where_they_stand() {
    for hidden in HIDDEN {
        check_policy(&format!("{hidden}package p\n"), "P0103 1:1");
        check_policy(&format!("package p // {hidden}\n"), "P0103 1:14");
        check_policy(&format!("package p\nrole ad{hidden}min {{}}\n"), "P0103 2:8");
        check_policy(&format!("package p\nrole admin {{}} {hidden}// }}\n"), "P0103 2:15");
        check_policy(&format!("package p\ndefine d = \"é{hidden}\" == \"\"\n"), "P0103 2:14");
        check_yaml(&format!("{hidden}package: p\n"), "P0103 1:1");
        check_yaml(&format!("package: p # {hidden}\n"), "P0103 1:14");
        check_yaml(&format!("package: p\nroles: {{ ad{hidden}min: {{}} }}\n"), "P0103 2:12");
        check_yaml(&format!("package: p\ndefine:\n  d: '\"é{hidden}\" == \"\"'\n"), "P0103 3:9");
    }
}

#[test]
fn t_52_line_ends_are_those_of_unix_or_of_windows() {
    let (policy, yaml) = ("package p\nrole admin {}\n", "package: p\nroles:\n  admin: {}\n");
    check_policy(&policy.replace('\n', "\r\n"), "P0221 2:6");
    check_yaml(&yaml.replace('\n', "\r\n"), "P0221 3:3");
    // What stands behind a lone carriage return hides what stands before it.
    check_policy("package p\r\nrole admin {} // none\rrole other {}\n", "P0103 2:22");
    check_policy("package p\rrole admin {}\r", "P0103 1:10");
    check_yaml("package: p\rroles: {}\r", "P0103 1:11");
    check_yaml("package: p # none\r\nroles: {} # none\rrules: []\n", "P0103 2:17");
}

/// Spaces that are none to the language, and letters that only look like others.
#[test]
fn t_52_only_ascii_is_code() {
    for foreign in
        ['\u{a0}', '\u{3000}', '\u{2003}', '\u{430}', '\u{ff41}', 'é', '\u{212a}', '\u{2024}', '｛']
    {
        check_policy(&format!("package p\nrole {foreign}dmin {{}}\n"), "P0101 2:6");
        check_policy(&format!("package p\nrole{foreign} admin {{}}\n"), "P0101 2:5");
        check_policy(&format!("package p\nrole a{foreign}dmin {{}}\n"), "P0101 2:7");
        check_policy(&format!("package p\nrole x {{}}{foreign}\n"), "P0101 2:10");
        check_policy(&format!("package p\ndefine d = true {foreign} true\n"), "P0101 2:17");
        check_yaml(&format!("package: p\nroles: {{ a{foreign}dmin: {{}} }}\n"), "P0101 2:11");
        check_yaml(&format!("package: p{foreign}\n"), "P0101 1:11");
        check_yaml(&format!("package: p\ndefine:\n  d: 'true {foreign} true'\n"), "P0101 3:12");
    }
}

/// Names of the wire may be anything, so those that look like others are told of.
#[test]
fn t_58_names_that_look_alike_are_told_of() {
    for other in [
        "\u{430}dmin",
        "\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}",
        "Admin",
        "\u{251}dmin",
        "a\u{501}min",
        "aԁmin",
    ] {
        let text = format!(
            "package p\nsubject admin {{}}\nsubject \"{other}\" {{}}\nresource r {{ actions a }}\n\
             allow r:a named x when subject is admin or subject is \"{other}\"\n"
        );
        check_policy(&text, "P0222 3:9");
        let yaml = format!(
            "package: p\nsubjects:\n  admin: {{}}\n  \"{other}\": {{}}\nresources: {{ r: {{ actions: a }} }}\n\
             rules: [{{ allow: r:a, named: x, when: 'subject is admin or subject is \"{other}\"' }}]\n"
        );
        // What could stand without its quotes is underlined without them.
        check_yaml(&yaml, if other.is_ascii() { "P0222 4:4" } else { "P0222 4:3" });
    }
    for (one, other, column) in [("K8s", "\u{212a}8s", 29), ("caf\u{e9}", "cafe\u{301}", 30)] {
        let text = format!("package p\nresource r {{ actions \"{one}\", \"{other}\" }}\nrole x {{ r:* }}\n");
        check_policy(&text, &format!("P0222 2:{column}"));
    }
}

/// Who asks for a name that isn't declared gets none that looks like it.
#[test]
fn t_58_none_is_taken_for_another() {
    for other in ["Admin", "ADMIN", "adm1n", "admin_"] {
        check_policy(
            &format!(
                "package p\nresource r {{ actions a }}\nrole admin {{}}\nallow r:a named x to {other}\n"
            ),
            "P0201 4:22",
        );
        check_yaml(
            &format!(
                "package: p\nresources: {{ r: {{ actions: a }} }}\nroles: {{ admin: {{}} }}\nrules:\n- {{ allow: r:a, named: x, to: {other} }}\n"
            ),
            "P0201 5:31",
        );
    }
    for other in ["\u{430}dmin", "admin\u{2009}", "ａｄｍｉｎ", "cafe\u{301}"] {
        check_policy(
            &format!(
                "package p\nresource \"café\" {{ actions a }}\nsubject admin {{}}\nallow *:* named x when subject is \"{other}\"\n"
            ),
            "P0201 4:35",
        );
    }
}
