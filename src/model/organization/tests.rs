//! What is a path.

use super::*;

#[test]
fn paths_are_segments() {
    for path in ["/", "acme", "acme/security", "a b", "ключ", "a.b/..c", &["a"; 16].join("/")] {
        assert!(is_path(path), "{path:?}");
    }
    for path in
        ["", "//", "/acme", "acme/", "a//b", ".", "..", "a/.", "a/../b", "a\nb", "a\0", &["a"; 17].join("/")]
    {
        assert!(!is_path(path), "{path:?}");
    }
}
