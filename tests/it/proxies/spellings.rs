//! T-23: other spellings of the headers that say who asks, on requests that may pass. Some application takes them for the ones that it
//! is told (WSGI and CGI make one name of `-`, `_` and more), so none of them may reach it.

use super::front::{self, Front};
use super::{UPSTREAM, told_of_vic};

/// Every byte but letters, digits and `-` that a header's name may have.
const SEPARATORS: &str = "_.~!#$%&'*+^`|";

pub(super) fn none_reaches_the_application(front: &Front) {
    for separator in SEPARATORS.chars() {
        for name in [
            "Portcullis-Subject",
            "portcullis-subject-type",
            "PORTCULLIS-Organization",
            &front.kind.spoofed_name(),
        ] {
            let all = name.replace('-', &separator.to_string());
            let last = name.rsplitn(2, '-').collect::<Vec<_>>();
            let last = format!("{}{separator}{}", last[1], last[0]);
            let first = name.replacen('-', &separator.to_string(), 1);
            for spelled in [all, last, first] {
                is_kept_out(front, &format!("{spelled}: ada"));
            }
        }
    }
}

fn is_kept_out(front: &Front, line: &str) {
    let (answer, reached) = front.ask("vic", "GET", "/pages/1", &[line]);
    let Some(reached) = reached else {
        assert!(matches!(answer.status, 400 | 403), "{:?} {line}: {answer:?}", front.kind);
        return;
    };
    assert_eq!(UPSTREAM.map(|name| front::header(&reached, name)), told_of_vic(front), "{line}: {reached}");
    // Whatever some program makes of a name is one of these, or none of ours.
    for (name, value) in reached.lines().skip(1).filter_map(|line| line.split_once(':')) {
        let folded: String = name.chars().map(folded).collect();
        let is_ours = folded.contains("portcullis") || folded == front.kind.spoofed_name();
        let is_told = UPSTREAM.iter().any(|told| name.eq_ignore_ascii_case(told))
            || front.kind.tells_more().contains(&name);
        assert!(!is_ours || is_told || value.trim().is_empty(), "{:?} {line}: {reached}", front.kind);
    }
    assert!(!reached.contains("ada"), "{:?} {line}: {reached}", front.kind);
}

fn folded(letter: char) -> char {
    if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }
}
