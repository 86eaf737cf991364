//! From the parser's events to the tree. Nothing here recurses, so no file is too deep for the stack.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_yaml::granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span as YamlSpan, StructureStyle,
};

use super::malformed;
use super::plain::{Ambiguity, Plain, classify};
use super::{Bounds, Content, Entry, Key, Node};
use crate::document::{Code, Diagnostic, Problems, SourceId, Span, characters};
use crate::model::limits::YAML_NESTING_MAX;

/// Mappings with at most this many keys are searched for doubles one by one.
const FEW_KEYS: usize = 16;

struct Builder<'a, 'p> {
    text: &'a str,
    source: SourceId,
    bounds: Bounds,
    problems: &'p mut Problems,
    /// The collections that are not closed yet, outermost first.
    open: Vec<Open<'a>>,
    root: Option<Node<'a>>,
    nodes: usize,
    documents: usize,
    /// What is wrong with the next node has been said.
    is_spoiled: bool,
}

struct Open<'a> {
    start: Span,
    style: StructureStyle,
    items: Items<'a>,
}

enum Items<'a> {
    List(Vec<Node<'a>>),
    Mapping { entries: Vec<Entry<'a>>, next: Next<'a> },
}

/// What the next node of an open mapping is.
enum Next<'a> {
    Key,
    Value(Key<'a>),
    /// The value of a key that was refused.
    Refused,
}

/// Reading on makes no sense; the problem is already told.
struct Stop;

pub(super) fn tree<'a>(
    text: &'a str,
    source: SourceId,
    bounds: Bounds,
    problems: &mut Problems,
) -> Option<Node<'a>> {
    let mut options = Options::default();
    options.disallow_directives = true;
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    options.flow_nesting_limit = YAML_NESTING_MAX;
    options.block_nesting_limit = YAML_NESTING_MAX;
    let mut builder = Builder {
        text,
        source,
        bounds,
        problems,
        open: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
        is_spoiled: false,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let done = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => builder.malformed(&error),
        };
        if done.is_err() || builder.problems.is_full() {
            return None;
        }
    }
    Some(builder.root.unwrap_or(Node { span: Span::new(source, 0, 0), content: Content::Null }))
}

impl<'a> Builder<'a, '_> {
    fn event(&mut self, event: Event<'a>, place: &YamlSpan) -> Result<(), Stop> {
        let span = self.span(place);
        if let Some(tag) = place.tag_span() {
            let span = self.span(&tag);
            self.refuse("a tag", span, "remove the tag: what a value is follows from where it stands");
            self.is_spoiled = true;
        }
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, ..) => {
                self.count(span)?;
                self.scalar(text, style, span);
                Ok(())
            }
            Event::SequenceStart(style, ..) => self.open(span, style, Items::List(Vec::new())),
            Event::MappingStart(style, ..) => {
                self.open(span, style, Items::Mapping { entries: Vec::new(), next: Next::Key })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Anchor(..) => {
                self.refuse("an anchor", span, "remove it, and write the value wherever it is needed");
                Ok(())
            }
            Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.refuse(
                    "an alias",
                    span,
                    "write the value out; a text that starts with `*` stands in quotes",
                );
                self.count(span)?;
                self.attach(Node { span, content: Content::Unreadable });
                Ok(())
            }
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            // Another version of the parser may tell of more; what isn't understood isn't passed over.
            _ => {
                self.refuse("something this version can't read", span, "");
                Err(Stop)
            }
        }
    }

    fn document(&mut self, span: Span) -> Result<(), Stop> {
        self.documents += 1;
        if self.documents == 1 {
            return Ok(());
        }
        self.refuse("a second document", span, "one file holds one document: make two files of it");
        Err(Stop)
    }

    fn scalar(&mut self, text: Cow<'a, str>, style: ScalarStyle, span: Span) {
        // The parser makes `~` of an empty value.
        let text = if span.is_empty() { Cow::Borrowed("") } else { text };
        // Only escapes can make such characters here, the file itself has none.
        let is_made = style == ScalarStyle::DoubleQuoted && matches!(text, Cow::Owned(_));
        let is_hidden = |character: &char| *character == '\r' || characters::is_hidden(*character);
        if is_made && let Some(hidden) = text.chars().find(is_hidden) {
            let message = format!("an escape makes the invisible character U+{:04X}", u32::from(hidden));
            self.problems.push(
                Diagnostic::error(Code::HiddenCharacter, message)
                    .at(span, "")
                    .help(format!(
                        "nobody can see it, so remove it; a string in a condition writes it as `\\u{{{:x}}}`, in single quotes of YAML, if it has to be there",
                        u32::from(hidden)
                    )),
            );
            return self.attach(Node { span, content: Content::Unreadable });
        }
        let plain = if style == ScalarStyle::Plain { classify(&text) } else { Plain::Text };
        let is_spoiled = std::mem::take(&mut self.is_spoiled);
        if self.expects_key() {
            return self.key(text, plain, span);
        }
        let content = match plain {
            _ if is_spoiled => Content::Unreadable,
            Plain::Null => Content::Null,
            Plain::Bool(value) => Content::Bool(value),
            Plain::Int(value) => Content::Int(value),
            Plain::Time => Content::Time(text),
            Plain::Text => Content::Text(text),
            Plain::Ambiguous(ambiguity) => {
                self.ambiguous(ambiguity, &text, span);
                Content::Unreadable
            }
        };
        self.attach(Node { span, content });
    }

    /// A key is a text, so what is a text to some readers only has to be quoted.
    fn key(&mut self, text: Cow<'a, str>, plain: Plain, span: Span) {
        let mut refused = false;
        match plain {
            Plain::Text => {}
            Plain::Ambiguous(_) if text == "<<" => {
                self.refuse("a merge key", span, "write out what should be merged");
                refused = true;
            }
            Plain::Ambiguous(ambiguity) => {
                let (message, _) = ambiguity.describe(&text);
                self.unquoted_key(message, &text, span);
            }
            Plain::Null if text.is_empty() => {
                let missing = Diagnostic::error(Code::YamlShape, "there is a value without a key");
                self.problems.push(missing.at(span, ""));
                refused = true;
            }
            Plain::Null | Plain::Bool(_) | Plain::Int(_) | Plain::Time => {
                self.unquoted_key(
                    format!("the key `{text}` is not a text to all readers of YAML"),
                    &text,
                    span,
                );
            }
        }
        if let Some(Open { items: Items::Mapping { next, .. }, .. }) = self.open.last_mut() {
            *next = if refused { Next::Refused } else { Next::Value(Key { text, span }) };
        }
    }

    fn open(&mut self, start: Span, style: StructureStyle, items: Items<'a>) -> Result<(), Stop> {
        self.is_spoiled = false;
        self.count(start)?;
        if self.expects_key() {
            self.refuse("a key that is not a text", start, "");
            return Err(Stop);
        }
        if self.open.len() >= YAML_NESTING_MAX {
            self.too_deep(start);
            return Err(Stop);
        }
        self.open.push(Open { start, style, items });
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Stop> {
        let Some(Open { start, style, items }) = self.open.pop() else { return Err(Stop) };
        let (content, last) = match items {
            Items::List(items) => {
                let last = items.last().map(|item| item.span);
                (Content::List(items), last)
            }
            Items::Mapping { mut entries, .. } => {
                let last = entries.last().map(|entry| entry.value.span.max(entry.key.span));
                self.drop_repeated(&mut entries);
                (Content::Mapping(entries), last)
            }
        };
        // Without a bracket the parser notices the end only at what follows.
        let end = match style {
            StructureStyle::Flow => end,
            StructureStyle::Block => last.unwrap_or(start),
        };
        self.attach(Node { span: start.to(end), content });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn attach(&mut self, node: Node<'a>) {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return;
        };
        match &mut open.items {
            Items::List(items) => items.push(node),
            Items::Mapping { entries, next } => match std::mem::replace(next, Next::Key) {
                Next::Value(key) => entries.push(Entry { key, value: node }),
                Next::Refused => {}
                // Only something that was refused already comes here as a key.
                Next::Key => *next = Next::Refused,
            },
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { items: Items::Mapping { next: Next::Key, .. }, .. }))
    }

    /// Of each key the first is kept, so that nothing is said of one value twice.
    fn drop_repeated(&mut self, entries: &mut Vec<Entry<'a>>) {
        let repeated = repeated(entries);
        for (index, first) in &repeated {
            let Some(Entry { key, .. }) = entries.get(*index) else { continue };
            let message = format!("`{}` stands here twice", key.text);
            let problem = Diagnostic::error(Code::YamlRepeatedKey, message);
            self.problems.push(problem.at(key.span, "again").related(*first, "first here"));
        }
        let mut dropped = repeated.iter().map(|(index, _)| *index).peekable();
        let mut index = 0;
        entries.retain(|_| {
            let is_dropped = dropped.next_if_eq(&index).is_some();
            index += 1;
            !is_dropped
        });
    }

    fn count(&mut self, span: Span) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes <= self.bounds.nodes {
            return Ok(());
        }
        let message = format!("the file has more than {} values", self.bounds.nodes);
        let help = "split it into several files";
        self.problems.push(Diagnostic::error(Code::TooLarge, message).at(span, "").help(help));
        Err(Stop)
    }

    fn malformed(&mut self, error: &ScanError) -> Result<(), Stop> {
        let at = malformed::place(self.text, error);
        let rest = self.text.get(at..).unwrap_or("");
        let width = rest.chars().next().filter(|next| *next != '\n').map_or(0, char::len_utf8);
        let span = Span::new(self.source, at, at + width);
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            self.too_deep(span);
        } else if *error.kind() == ErrorKind::DirectiveDisallowed {
            self.refuse("a directive", span, "remove the line");
        } else {
            let (message, help) = malformed::told(error.kind(), self.text.get(..at).unwrap_or(""));
            let problem = Diagnostic::error(Code::YamlSyntax, message).at(span, "");
            self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
        }
        Err(Stop)
    }

    fn too_deep(&mut self, span: Span) {
        let message = format!("lists and mappings nest deeper than {YAML_NESTING_MAX} levels");
        self.problems.push(Diagnostic::error(Code::TooLarge, message).at(span, ""));
    }

    fn ambiguous(&mut self, ambiguity: Ambiguity, text: &str, span: Span) {
        let (message, help) = ambiguity.describe(text);
        self.problems.push(Diagnostic::error(Code::YamlAmbiguous, message).at(span, "").help(help));
    }

    fn unquoted_key(&mut self, message: String, text: &str, span: Span) {
        let problem = Diagnostic::error(Code::YamlAmbiguous, message).at(span, "");
        self.problems.push(problem.help(format!("write `\"{text}\"` in quotes")));
    }

    fn refuse(&mut self, feature: &str, span: Span, help: &str) {
        let problem = Diagnostic::error(Code::YamlFeature, format!("{feature} may not stand here"));
        let problem = problem.at(span, "");
        self.problems.push(if help.is_empty() { problem } else { problem.help(help) });
    }

    fn span(&self, place: &YamlSpan) -> Span {
        let range = place.byte_range().unwrap_or(0..0);
        Span::new(self.source, range.start, range.end.max(range.start))
    }
}

/// The entries whose key stands before, each with the place of the first.
fn repeated(entries: &[Entry<'_>]) -> Vec<(usize, Span)> {
    let numbered = entries.iter().enumerate();
    if entries.len() <= FEW_KEYS {
        let first = |(index, entry): (usize, &Entry<'_>)| {
            let first = entries.iter().take(index).find(|other| other.key.text == entry.key.text)?;
            Some((index, first.key.span))
        };
        return numbered.filter_map(first).collect();
    }
    let mut seen: HashMap<&str, Span> = HashMap::with_capacity(entries.len());
    let mut repeated = Vec::new();
    for (index, Entry { key, .. }) in numbered {
        match seen.get(key.text.as_ref()) {
            Some(first) => repeated.push((index, *first)),
            None => _ = seen.insert(&key.text, key.span),
        }
    }
    repeated
}
