//! What holds of the policy form holds of YAML.

use portcullis::document::Problems;
use portcullis::document::yaml::{self, Bounds};
use portcullis::language::syntax::Form;

use super::chance::Chance;
use super::fmt::{decides_alike, format, stays};
use super::{POLICY, YAML, alike, ask, check, file, fmt};

pub fn yaml(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut chance = Chance::of(&text);
    let policy = check::load(YAML, &text, &mut chance);
    let is_loaded = policy.is_some();
    if let Some(policy) = policy {
        ask::ask(policy, &text, &mut chance);
    }
    let Some(tree) = alike::tree(YAML, &text) else {
        assert!(!is_loaded, "a policy without a tree");
        return;
    };
    if let Some(printed) = format(YAML, &text, Form::Yaml, true, &mut chance) {
        alike::assert_same(alike::tree(YAML, &printed), &tree, &printed);
        assert_eq!(comments(&printed), comments(&text), "{printed}");
        stays(YAML, &printed, Form::Yaml, &mut chance);
    }
    if let Some(printed) = format(YAML, &text, Form::Policy, true, &mut chance) {
        alike::assert_same(alike::tree(POLICY, &printed), &tree, &printed);
        let found = fmt::said(&fmt::comments(&printed));
        assert_eq!(found, fmt::said(&comments(&text)), "{printed}");
        stays(POLICY, &printed, Form::Policy, &mut chance);
        decides_alike((YAML, &text), (POLICY, &printed), &mut chance);
    }
}

/// The comments of a YAML text, in their order.
pub(crate) fn comments(text: &str) -> Vec<String> {
    let (sources, id) = file(YAML, text);
    let document = yaml::parse(&sources, id, Bounds::FILE, &mut Problems::default());
    let comments = document.iter().flat_map(|document| yaml::comments(text, document));
    comments.map(|comment| comment.text.to_owned()).collect()
}
