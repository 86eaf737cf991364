//! The two forms of a policy file, told by its name. Both become the same tree.

use std::ffi::OsStr;
use std::path::Path;

use super::tree::File;
use super::{parse, scan, yaml};
use crate::document::yaml::{Bounds, Node};
use crate::document::{self, Diagnostic, Problems, SourceId, Sources, Span};

/// The form in which a policy file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Policy,
    Yaml,
}

impl Form {
    /// The form of a file of this name.
    pub fn of(name: &str) -> Form {
        match Path::new(name).extension().and_then(OsStr::to_str) {
            Some("yaml") => Form::Yaml,
            Some(_) | None => Form::Policy,
        }
    }

    /// The form of a text without a name: a policy file begins with `package` and no colon.
    pub fn guess(text: &str) -> Form {
        let lines =
            text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with("//"));
        let first = lines.map(|line| line.split_whitespace().next().unwrap_or("")).next().unwrap_or("");
        if first.starts_with(['#', '-']) || first.contains(':') { Form::Yaml } else { Form::Policy }
    }

    /// How the names of its files end.
    pub fn extension(self) -> &'static str {
        match self {
            Form::Policy => "policy",
            Form::Yaml => "yaml",
        }
    }
}

/// Whether the text of a file of this name says nothing at all: there is only white space, and comments.
pub fn is_blank(name: &str, text: &str) -> bool {
    match Form::of(name) {
        Form::Policy => scan::tokens(text).next().is_none(),
        Form::Yaml => document::yaml::is_blank(text),
    }
}

/// A file as far as it can be read before it is a tree. The tree borrows from it.
#[derive(Debug)]
pub struct Opened<'a> {
    source: SourceId,
    text: &'a str,
    /// There for YAML alone.
    document: Option<Node<'a>>,
    is_whole: bool,
}

/// Opens a policy file; none if there is nothing to read in it.
pub fn open<'a>(
    sources: &'a Sources,
    source: SourceId,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Opened<'a>> {
    let found = sources.get(source)?;
    let mut problems = Problems::default();
    let document = match Form::of(&found.name) {
        Form::Policy => None,
        Form::Yaml => {
            let document = document::yaml::parse(sources, source, Bounds::FILE, &mut problems);
            if document.is_none() {
                diagnostics.append(&mut problems.into_diagnostics());
                return None;
            }
            document
        }
    };
    let is_whole = problems.errors() == 0;
    diagnostics.append(&mut problems.into_diagnostics());
    Some(Opened { source, text: &found.text, document, is_whole })
}

impl<'a> Opened<'a> {
    /// The YAML document, if it is one.
    pub(super) fn document(&self) -> Option<&Node<'a>> {
        self.document.as_ref()
    }

    /// Where declarations stand, as far as that is known before there is a tree.
    pub fn declarations(&self) -> Vec<Span> {
        self.document.as_ref().map_or_else(Vec::new, yaml::declarations)
    }

    /// The file's tree, and what is wrong with its syntax.
    pub fn tree<'n>(&'n self, sources: &'n Sources) -> (Option<File<'n>>, Vec<Diagnostic>) {
        match &self.document {
            None => parse(self.source, self.text),
            Some(document) => {
                let (mut file, diagnostics) = yaml::file(document, self.source, sources);
                file.is_complete &= self.is_whole;
                (Some(file), diagnostics)
            }
        }
    }
}
