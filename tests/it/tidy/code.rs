//! As much reading of Rust as the tidy test needs.

/// The text without comments and without what stands in string literals.
pub(super) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let skip = match char {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if is_raw_string(rest) && !code.ends_with(is_word) => raw_string(rest),
            '"' => string(rest),
            '\'' => char_literal(rest),
            _ => 0,
        };
        if skip == 0 {
            code.push(char);
            rest = &rest[char.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[skip..];
        }
    }
    code
}

/// The rooms that a file of `src/` names by `crate::…` or by as many `super::` as lead out of its own.
pub(super) fn crate_rooms(name: &str, code: &str) -> Vec<String> {
    let out = format!(" {}", "super::".repeat(depth(name)));
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut rooms = Vec::new();
    for start in ["crate::", out.as_str()] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if start == "crate::" && before.is_some_and(is_word) {
                continue;
            }
            rooms.extend(first_segments(&code[at + start.len()..]));
        }
    }
    rooms.sort();
    rooms.dedup();
    rooms
}

/// Whether the code names an external crate: `pest::…`, `use pest;`, `use pest as …`.
pub(super) fn names_crate(code: &str, krate: &str) -> bool {
    code.match_indices(krate).any(|(at, _)| {
        let before = code[..at].trim_end().chars().next_back();
        let joined = code[..at].chars().next_back().is_some_and(is_word);
        let after = code[at + krate.len()..].trim_start();
        let is_path = after.starts_with("::");
        let is_use =
            code[..at].trim_end().ends_with("use") && (after.starts_with(';') || after.starts_with("as "));
        // `crate::…::pest::` is a module of ours, and so is `self::pest::`; a path may start after one `::` only if
        // nothing stands before that.
        let absolute = before == Some(':')
            && code[..at].trim_end().trim_end_matches(':').ends_with([' ', '\n', '(', '<', '&']);
        !joined && (before != Some(':') || absolute) && (is_path || is_use)
    })
}

/// How many modules a file lies below the crate's root.
fn depth(name: &str) -> usize {
    let parts = name.trim_start_matches("src/").trim_end_matches(".rs").split('/');
    parts.filter(|part| *part != "mod").count()
}

/// `model::Id` → model; `{model::Id, facts::{Facts, Scope}}` → model, facts.
fn first_segments(path: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|char| is_word(*char)).collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut depth, mut words, mut start) = (0_usize, Vec::new(), 0);
    for (at, char) in group.char_indices() {
        match char {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                words.push(word(group[start..at].trim_start()));
                start = at + 1;
                if char == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    words
}

fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn is_raw_string(rest: &str) -> bool {
    rest[1..].trim_start_matches('#').starts_with('"')
}

fn raw_string(rest: &str) -> usize {
    let hashes = rest[1..].len() - rest[1..].trim_start_matches('#').len();
    let open = 1 + hashes + 1;
    let close = format!("\"{}", "#".repeat(hashes));
    rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len())
}

fn string(rest: &str) -> usize {
    let mut escaped = false;
    for (at, char) in rest.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// `'"'` and `'\''` are literals, `'a` alone is a lifetime.
fn char_literal(rest: &str) -> usize {
    let mut chars = rest.char_indices().skip(1);
    match chars.next() {
        Some((_, '\\')) => rest[3..].find('\'').map_or(0, |end| 3 + end + 1),
        Some((at, char)) if rest[at + char.len_utf8()..].starts_with('\'') => at + char.len_utf8() + 1,
        _ => 0,
    }
}
