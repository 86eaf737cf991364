//! The registry of diagnostic codes. A code that was released is never used again for something else.

/// What a diagnostic is about. Ranges: 01 reading, 02 names, 03 types, 04 rules and roles, 05 windows and networks,
/// 06 routes, 07 facts, 08 YAML, 09 configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The text is not what the grammar expects here.
    Syntax,
    /// A file or a construct is over its limit.
    TooLarge,
    /// A name that nothing declares.
    UnknownName,
    /// A name that is declared twice.
    Duplicate,
}

impl Code {
    pub const ALL: [Code; 4] = [Code::Syntax, Code::TooLarge, Code::UnknownName, Code::Duplicate];

    pub const fn text(self) -> &'static str {
        match self {
            Code::Syntax => "P0101",
            Code::TooLarge => "P0102",
            Code::UnknownName => "P0201",
            Code::Duplicate => "P0202",
        }
    }
}
