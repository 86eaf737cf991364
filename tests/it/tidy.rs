//! The rules of the house that no compiler checks: which room may know which, and what may not be there at all.
//!
//! Each complaint says what to do. The planted texts at the end show that every rule can fail.
#![expect(clippy::string_slice, reason = "cut where something ASCII was found")]

mod code;
mod planted;

use std::fs;
use std::path::{Path, PathBuf};

use code::{code_only, crate_rooms, names_crate};

/// The rooms from the bottom up. A room may know those on lines above its own, and none beside or below it.
const LAYERS: &[&[&str]] = &[
    &["sabotage"],
    &["model"],
    &["document"],
    &["language", "facts", "config"],
    &["engine"],
    &["store", "identity", "suite", "analysis"],
    &["bundle", "audit", "limits"],
    &["service"],
    &["server", "pep"],
    &["cli"],
];
/// Whatever its layer, this room knows only these.
const NARROW: &[(&str, &[&str])] = &[("config", &["model", "document"])];
/// Rooms whose answers depend on nothing but what they are given.
const PURE: &[&str] = &["model", "language", "facts", "engine", "analysis"];
/// What a pure room doesn't name: the world, the clock, chance.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::io",
    "std::thread",
    "std::os",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "SystemTime",
    "time::Instant",
    "Utc::now",
    "Local::now",
];
const IMPURE_CRATES: &[&str] = &[
    "tokio",
    "hyper",
    "hyper_util",
    "http_body_util",
    "moka",
    "prometheus",
    "tracing",
    "tracing_subscriber",
    "notify",
    "socket2",
    "fastrand",
    "clap",
];
/// Crates that are named in few rooms, most of them in one.
const HOMES: &[(&str, &[&str])] = &[
    ("pest", &["language"]),
    ("pest_derive", &["language"]),
    ("serde_yaml", &["document"]),
    ("unicode_security", &["document"]),
    ("moka", &["service"]),
    ("prometheus", &["service"]),
    ("hyper", &["server", "pep"]),
    ("hyper_util", &["server", "pep"]),
    ("http_body_util", &["server", "pep"]),
    ("prost", &["server"]),
    ("prost_types", &["server"]),
    ("tokio_rustls", &["server"]),
    ("x509_cert", &["identity"]),
    ("hyper_rustls", &["server"]),
    ("rustls_native_certs", &["server"]),
    ("jsonwebtoken", &["identity"]),
    ("notify", &["bundle"]),
];
/// Rooms whose types are nobody's wire format.
const NOT_SERIALIZED: &[&str] = &["model", "language", "facts", "engine", "analysis"];
const LINES_MAX: usize = 500;
/// What stands at the top of the repository.
const TOP: &[&str] = &[
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "benches",
    "clippy.toml",
    "deny.toml",
    "examples",
    "grammar",
    "policies",
    "rustfmt.toml",
    "src",
    "tests",
];
/// What is there but belongs to nobody's commit.
const IGNORED: &[&str] = &[".git", "artifacts", "corpus", "target"];
/// Hosts that committed files may name: documents, licences, and names that are reserved for examples.
const HOSTS: &[&str] = &[
    "127.0.0.1",
    "doc.rust-lang.org",
    "docs.rs",
    "github.com",
    "keepachangelog.com",
    "openid.net",
    "openid.github.io",
    "rustsec.org",
    "semver.org",
    "www.apache.org",
    "www.rfc-editor.org",
    // The name of the SVG vocabulary is a URL.
    "www.w3.org",
];
/// Places on somebody's machine. They are put together here so that this file may be read too.
fn private_paths() -> Vec<String> {
    ["work/", "root/", "home/", "Users/", "tmp/wt"].iter().map(|path| format!("/{path}")).collect()
}

#[test]
fn the_house_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut complaints = Vec::new();
    for name in names_in(root) {
        if !TOP.contains(&name.as_str()) && !IGNORED.contains(&name.as_str()) {
            complaints
                .push(format!("{name}: nothing else stands at the top; move it into a folder of the house"));
        }
    }
    for path in files_below(root) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        // What is no text has nothing to read.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        complaints.extend(in_text(&name, &text));
        if name.starts_with("src/") && is_rust(&name) {
            complaints.extend(in_source(&name, &text));
        }
    }
    let map = fs::read_to_string(root.join("src/lib.rs")).unwrap();
    complaints.extend(in_map(&map));
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What is wrong with any committed text.
fn in_text(name: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if let Some(path) = private_paths().iter().find(|path| mentions_path(line, path)) {
            complaints.push(format!(
                "{name}:{number}: `{path}` is a place on one machine; make it relative or a parameter"
            ));
        }
        for host in hosts(line) {
            let may = HOSTS.contains(&host) || is_example(host) || (name == "Cargo.lock" && is_index(line));
            if !may {
                complaints.push(format!(
                    "{name}:{number}: `{host}` is not among the hosts that may be named; use example.com, or add it to \
                     HOSTS in tests/it/tidy.rs if readers need it"
                ));
            }
        }
    }
    if name == "Cargo.lock" {
        let strange = text.lines().filter(|line| line.starts_with("source = ") && !is_index(line));
        complaints.extend(strange.map(|line| {
            format!("{name}: {line}: every crate comes from the registry that cargo uses by default")
        }));
    }
    let lines = text.lines().count();
    if is_rust(name) && lines > LINES_MAX {
        complaints.push(format!("{name}: {lines} lines; split it by subject, {LINES_MAX} is the most"));
    }
    complaints
}

/// What is wrong with a file below `src/`.
fn in_source(name: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |what: String| complaints.push(format!("{name}: {what}"));
    let is_test = name.ends_with("/tests.rs") || name.ends_with("_tests.rs") || name.contains("/tests/");
    let code = code_only(text);
    if !text.starts_with("//!") {
        complain("open the module with `//!`: what it is for, and what it must not know".to_owned());
    }
    let Some(room) = room_of(name) else { return complaints };
    for other in crate_rooms(name, &code) {
        if let Some(why) = why_not(room, &other) {
            complain(format!("`{room}` may not know `{other}`: {why}"));
        }
    }
    for (krate, homes) in HOMES {
        if !homes.contains(&room) && names_crate(&code, krate) && !is_test {
            complain(format!(
                "only `{}` may name the crate {krate}; ask there for what is needed",
                homes.join("` and `")
            ));
        }
    }
    if is_test {
        return complaints;
    }
    if PURE.contains(&room) {
        for what in IMPURE.iter().filter(|what| code.contains(**what)) {
            complain(format!("`{room}` is pure, `{what}` is not; pass in what it needs"));
        }
        for krate in IMPURE_CRATES.iter().filter(|krate| names_crate(&code, krate)) {
            complain(format!(
                "`{room}` is pure and doesn't know the crate {krate}; do that in an outer room"
            ));
        }
    }
    if NOT_SERIALIZED.contains(&room) && code.contains("Serialize") {
        complain(format!(
            "types of `{room}` are not serialized; write a private wire type in the room that sends it"
        ));
    }
    if room == "engine" && code.contains("language::syntax") {
        complain("`engine` never sees syntax; it reads `language::policy`".to_owned());
    }
    for (escape, instead) in [
        ("unwrap_unchecked", "match on it"),
        ("process::abort", "return an error"),
        ("#[allow(", "use #[expect(…, reason = \"…\")]"),
        ("#![allow(", "use #[expect(…, reason = \"…\")]"),
        ("expect(clippy::unwrap_used", "match on it"),
        ("expect(clippy::expect_used", "match on it"),
        ("expect(clippy::panic", "return an error"),
        ("expect(clippy::unreachable", "let the type say so"),
    ] {
        if code.contains(escape) {
            complain(format!("`{escape}` outside of tests; {instead}"));
        }
    }
    for number in bare_assertions(text) {
        complain(format!(
            "line {number} asserts; return an error, or say in a comment above why it can't fail"
        ));
    }
    complaints
}

/// The lines that assert something without a comment on the line above.
fn bare_assertions(text: &str) -> Vec<usize> {
    let is_assertion = |line: &str| line.starts_with("assert!(") || line.starts_with("assert_eq!(");
    let lines: Vec<&str> = text.lines().map(str::trim_start).collect();
    let bare =
        lines.windows(2).enumerate().filter(|(_, pair)| is_assertion(pair[1]) && !pair[0].starts_with("//"));
    bare.map(|(at, _)| at + 2).collect()
}

/// What the map in the crate's documentation leaves out.
fn in_map(map: &str) -> Vec<String> {
    let docs: Vec<&str> = map.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let rooms = map.lines().filter_map(|line| line.trim().strip_prefix("pub mod ")?.strip_suffix(';'));
    let named = |room: &str| docs.iter().any(|line| line.contains(&format!("`{room}`")));
    let mut complaints = Vec::new();
    for room in rooms {
        if !named(room) {
            complaints
                .push(format!("src/lib.rs: say in the crate's documentation what the room `{room}` is for"));
        }
        if !LAYERS.iter().any(|layer| layer.contains(&room)) {
            complaints.push(format!(
                "src/lib.rs: `{room}` is no room of the house; give it a layer in tests/it/tidy.rs"
            ));
        }
    }
    complaints
}

fn why_not(room: &str, other: &str) -> Option<String> {
    let layer = |name: &str| LAYERS.iter().position(|rooms| rooms.contains(&name));
    let (Some(own), Some(others)) = (layer(room), layer(other)) else { return None };
    if room == other {
        return None;
    }
    if let Some((_, known)) = NARROW.iter().find(|(narrow, _)| *narrow == room) {
        return (!known.contains(&other)).then(|| format!("it knows only {}", known.join(" and ")));
    }
    match own.cmp(&others) {
        std::cmp::Ordering::Greater => None,
        std::cmp::Ordering::Equal => {
            Some("they stand side by side; move what both need further down".to_owned())
        }
        std::cmp::Ordering::Less => Some("imports point downwards; pass it in, or move it".to_owned()),
    }
}

/// `src/engine/index.rs` and `src/engine.rs` are of the room `engine`; `src/lib.rs` and `src/main.rs` of none.
fn room_of(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("src/")?;
    let room = rest.split('/').next()?.trim_end_matches(".rs");
    (room != "lib" && room != "main").then_some(room)
}

/// Whether a path stands in the line as a path of the machine, and not as the end of a longer one (`examples/home/`).
fn mentions_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|char| char.is_alphanumeric() || "._-/*{}$".contains(char))
    })
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension == "rs")
}

/// The hosts of all URLs in a line.
fn hosts(line: &str) -> Vec<&str> {
    line.match_indices("://")
        .filter_map(|(at, mark)| {
            let rest = &line[at + mark.len()..];
            let end =
                rest.find(|char: char| !char.is_alphanumeric() && !".-".contains(char)).unwrap_or(rest.len());
            (end > 0).then_some(&rest[..end])
        })
        .collect()
}

/// A name without a dot is local, or an upstream of some proxy's configuration.
fn is_example(host: &str) -> bool {
    !host.contains('.')
        || host == "example.com"
        || host.ends_with(".example.com")
        || host.ends_with(".example")
        || host.ends_with(".invalid")
}

fn is_index(line: &str) -> bool {
    line == concat!("source = \"registry+https:", "//github.com/rust-lang/crates.io-index\"")
}

fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        if IGNORED.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            files.extend(files_below(&path));
        } else {
            files.push(path);
        }
    }
    files
}
