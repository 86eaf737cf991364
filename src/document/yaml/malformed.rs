//! What is no YAML at all, in our words.

use serde_yaml::granit_parser::{ErrorKind, ScanError};

/// Where in the text the mistake is: a tab where it stands, not where what it stands in begins.
pub(super) fn place(text: &str, error: &ScanError) -> usize {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let Some((before, rest)) = text.split_at_checked(at).filter(|_| is_tab(error.kind())) else { return at };
    let indentation = before.rsplit('\n').next().unwrap_or("");
    let tab = indentation.rfind('\t').map(|tab| at - indentation.len() + tab);
    tab.or_else(|| Some(at + rest.find('\t')?)).unwrap_or(at)
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabNotAllowed
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar
    )
}

/// The message and the help about a mistake behind this text: of the commonest mistakes in our words, of the others in the parser's.
#[expect(clippy::wildcard_enum_match_arm, reason = "the parser knows some eighty kinds of mistakes")]
pub(super) fn told(kind: &ErrorKind, before: &str) -> (String, &'static str) {
    let is_behind_bracket = before.trim_end_matches([' ', '\t']).ends_with([']', '}']);
    let (message, help) = match kind {
        ErrorKind::ExpectedBlockMappingKey if is_behind_bracket => (
            "the text goes on behind its closing bracket",
            "write a text that starts with a bracket in quotes",
        ),
        kind if is_tab(kind) => ("a tab stands in the indentation", "indent with spaces"),
        ErrorKind::UnclosedFlowCollection { open } => return (format!("the `{open}` is not closed"), ""),
        ErrorKind::UnexpectedCharacter { character } => {
            return (format!("a plain text can't start with `{character}`"), "write the text in quotes");
        }
        ErrorKind::UnclosedQuotedScalar => ("the quotes are not closed", ""),
        ErrorKind::MappingValueNotAllowed => (
            "a `:` stands where no key can be",
            "check the indentation, and write a text that holds `: ` in quotes",
        ),
        ErrorKind::InvalidColonPlacement => {
            ("a `:` stands where no key can be", "is a bracket before it not closed?")
        }
        ErrorKind::SimpleKeyExpected => {
            ("expected a key with `: ` behind it", "check the indentation, and write a space behind the `:`")
        }
        ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::ExpectedDocumentStart => (
            "this belongs to nothing that stands before it",
            "check the indentation: keys and items that belong together begin in the same column",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => (
            "a list can't begin here",
            "begin it on the next line; a text that starts with `- ` stands in quotes",
        ),
        ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "the text goes on behind its closing quotes",
            "put all of it in quotes, with `\\\"` for each of its own",
        ),
        ErrorKind::InvalidTrailingSingleQuotedScalar => (
            "the text goes on behind its closing quotes",
            "put all of it in quotes, with `''` for each of its own",
        ),
        ErrorKind::UnknownQuotedScalarEscape => (
            "this is no escape of YAML",
            "in double quotes each backslash stands twice; in single quotes and in blocks it stands for itself",
        ),
        ErrorKind::MissingAnchorOrAliasName => {
            ("a `*` or `&` begins no text", "write a text that starts with it in quotes")
        }
        ErrorKind::FlowMappingValueAdjacentCollection
        | ErrorKind::ExpectedFlowSequenceSeparator
        | ErrorKind::ExpectedFlowMappingSeparator => {
            ("the item of a list in brackets can't go on here", "write a text that holds a bracket in quotes")
        }
        ErrorKind::InvalidBlockScalarHeader => (
            "the text of a block begins on the next line",
            "write nothing but `-`, `+` or a digit behind `|` and `>`",
        ),
        other => return (format!("this is not YAML: {other}"), ""),
    };
    (message.to_owned(), help)
}
