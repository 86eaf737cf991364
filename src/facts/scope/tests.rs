//! Organizations as a tree.

use super::*;

fn scopes(paths: &[&str]) -> Scopes {
    let mut scopes = Scopes::default();
    for path in paths {
        scopes.add(path);
    }
    scopes
}

fn nearest<'s>(scopes: &'s Scopes, path: &str) -> &'s str {
    scopes.get(scopes.nearest(path)).path.text()
}

#[test]
fn a_scope_covers_itself_and_what_is_below() {
    let scopes = scopes(&["acme/security/soc", "acme2", "acme/sec"]);
    let covers = |scope: &str, at: &str| scopes.covers(scopes.nearest(scope), scopes.nearest(at));
    for path in ["/", "acme", "acme/security", "acme/security/soc", "acme2"] {
        assert!(covers(path, path), "{path}");
        assert!(covers("/", path), "{path}");
    }
    assert!(covers("acme", "acme/security/soc") && covers("acme/security", "acme/security/soc"));
    for (scope, at) in [
        ("acme", "/"),
        ("acme/security", "acme"),
        // Siblings, of which one's path begins with the other's.
        ("acme", "acme2"),
        ("acme2", "acme"),
        ("acme/sec", "acme/security"),
        ("acme/security", "acme/sec"),
        ("acme/sec", "acme/security/soc"),
    ] {
        assert!(!covers(scope, at), "{scope} covers {at}");
    }
}

#[test]
fn the_nearest_known_scope_is_the_deepest_above() {
    let scopes = scopes(&["acme/security"]);
    for (path, expected) in [
        ("/", "/"),
        ("acme", "acme"),
        ("acme/security", "acme/security"),
        ("acme/security/soc/a", "acme/security"),
        ("acme/securityx", "acme"),
        ("acme2", "/"),
        ("acme2/security", "/"),
        ("nobody/heard/of/it", "/"),
    ] {
        assert_eq!(nearest(&scopes, path), expected, "{path}");
    }
}

#[test]
fn a_path_of_another_load_is_not_known_here() {
    Symbol::intern("interned-elsewhere/x");
    assert_eq!(nearest(&scopes(&["acme"]), "interned-elsewhere/x"), "/");
}

#[test]
fn adding_twice_adds_once() {
    let mut scopes = scopes(&["acme/security"]);
    let first = scopes.nearest("acme/security");
    assert_eq!(scopes.add("acme/security"), first);
    assert_eq!(scopes.add("/"), scopes.root());
    assert_eq!(scopes.add("acme"), scopes.nearest("acme"));
}
