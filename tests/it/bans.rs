//! Holds Cargo.lock against the ban list of deny.toml, without downloading anything.

use std::fs;
use std::path::Path;

/// An entry of the ban list: a crate, and below which version it is banned; all of them if there is none.
#[derive(Debug, PartialEq)]
struct Ban {
    name: String,
    below: Option<Bound>,
    reason: String,
}

#[derive(Debug, PartialEq)]
struct Bound {
    version: Version,
    inclusive: bool,
}

type Version = [u64; 3];

#[test]
fn nothing_banned_is_locked() {
    let bans = bans(&read("deny.toml")).unwrap();
    assert!(bans.len() >= 15, "the list in deny.toml was not read: {bans:?}");
    let found = banned(&bans, &locked(&read("Cargo.lock")));
    assert!(found.is_empty(), "\n{}\nchoose another crate, or `cargo update -p` it\n", found.join("\n"));
}

#[test]
fn the_lock_file_is_read_whole() {
    let locked = locked(&read("Cargo.lock"));
    for name in ["hyper", "serde-saphyr", "tracing-subscriber", "portcullis"] {
        assert!(locked.iter().any(|(locked, _)| locked == name), "{name} is missing");
    }
}

#[test]
fn planted_crates_are_found() {
    let bans = bans(&read("deny.toml")).unwrap();
    let find = |name: &str, version: &str| {
        banned(&bans, &locked(&format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n"))).len()
    };
    for (name, version) in [
        ("h2", "0.4.3"),
        ("h2", "0.3.99"),
        ("jsonwebtoken", "9.3.1"),
        ("time", "0.3.46"),
        ("serde_yml", "0.0.13"),
        ("yaml-rust", "0.4.5"),
        ("serde_yaml", "0.9.34+deprecated"),
    ] {
        assert_eq!(find(name, version), 1, "{name} {version} passes");
    }
    for (name, version) in
        [("h2", "0.4.16"), ("h2", "1.0.0"), ("jsonwebtoken", "10.3.0"), ("yaml-rusty", "0.4.5")]
    {
        assert_eq!(find(name, version), 0, "{name} {version} is refused");
    }
}

#[test]
fn a_range_that_would_match_nothing_is_refused() {
    let list = "deny = [\n  { crate = \"h2@<0.4.16\", reason = \"x\" },\n]";
    assert_eq!(bans(list), Err("`h2@<0.4.16`: write `h2:<0.4.16`".to_owned()));
    assert!(bans("deny = [\n  { crate = \"h2\" },\n]").unwrap_err().contains("reason"));
    assert!(bans("deny = [\n  { crate = \"h2:^1\", reason = \"x\" },\n]").is_err());
}

/// Reads `{ crate = "name:<1.2.3", reason = "…" },` line by line: deny.toml is ours, and kept in this form.
fn bans(text: &str) -> Result<Vec<Ban>, String> {
    let lines = text.lines().skip_while(|line| *line != "deny = [").skip(1).take_while(|line| *line != "]");
    lines.map(ban).collect()
}

fn ban(line: &str) -> Result<Ban, String> {
    let quoted = |key: &str| {
        let (_, rest) = line.split_once(&format!("{key} = \""))?;
        rest.split_once('"').map(|(value, _)| value)
    };
    let spec = quoted("crate").ok_or_else(|| format!("`{line}`: no crate"))?;
    let reason = quoted("reason").ok_or_else(|| format!("`{spec}`: no reason"))?;
    if spec.contains('@') {
        return Err(format!("`{spec}`: write `{}`", spec.replace('@', ":")));
    }
    let (name, below) = match spec.split_once(':') {
        None => (spec, None),
        Some((name, range)) => {
            let range = range.strip_prefix('<').ok_or_else(|| format!("`{spec}`: only < and <= are read"))?;
            let (inclusive, version) = match range.strip_prefix('=') {
                Some(version) => (true, version),
                None => (false, range),
            };
            let version = parse(version).ok_or_else(|| format!("`{spec}`: no version"))?;
            (name, Some(Bound { version, inclusive }))
        }
    };
    Ok(Ban { name: name.to_owned(), below, reason: reason.to_owned() })
}

/// Name and version of every package of a lock file.
fn locked(text: &str) -> Vec<(String, Version)> {
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.strip_prefix(" = \"")?.strip_suffix('"')?.to_owned())
    };
    let mut packages = Vec::new();
    for package in text.split("[[package]]\n").skip(1) {
        let name = package.lines().find_map(|line| value(line, "name")).unwrap();
        let version = package.lines().find_map(|line| value(line, "version")).unwrap();
        packages.push((name, parse(&version).unwrap()));
    }
    packages
}

fn banned(bans: &[Ban], locked: &[(String, Version)]) -> Vec<String> {
    let mut found = Vec::new();
    for (name, version) in locked {
        for ban in bans.iter().filter(|ban| ban.name == *name && is_within(*version, ban.below.as_ref())) {
            let [major, minor, patch] = version;
            found.push(format!("{name} {major}.{minor}.{patch} is banned: {}", ban.reason));
        }
    }
    found
}

fn is_within(version: Version, bound: Option<&Bound>) -> bool {
    bound.is_none_or(|bound| version < bound.version || (bound.inclusive && version == bound.version))
}

/// `1.2.3`, whatever stands behind it.
fn parse(version: &str) -> Option<Version> {
    let core = version.split(['-', '+']).next()?;
    let mut parts = core.split('.').map(str::parse::<u64>);
    let version = [parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?];
    parts.next().is_none().then_some(version)
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}
