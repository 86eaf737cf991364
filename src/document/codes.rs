//! The registry of diagnostic codes. A code that was released is never used again for something else.

/// What a diagnostic is about. Ranges: 01 reading, 02 names, 03 types, 04 rules and roles, 05 windows and networks,
/// 06 routes, 07 facts, 08 YAML, 09 configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The text is not what the grammar expects here.
    Syntax,
    /// A file or a construct is over its limit.
    TooLarge,
    /// A character nobody can see.
    HiddenCharacter,
    /// A name that nothing declares.
    UnknownName,
    /// A name that is declared twice.
    Duplicate,
    /// An organization that no facts list.
    UnknownOrganization,
    /// A parent that no facts list.
    UnknownEntity,
    /// An entity that facts list twice.
    RepeatedEntity,
    /// An entity that is in itself.
    HierarchyCycle,
    /// A bare name that more than one package declares.
    AmbiguousName,
    /// A value that is not of its attribute's type.
    WrongValue,
    /// A role or permission that can't be held personally.
    NotPersonal,
    /// Something that entities of this type or in this section don't have.
    Misplaced,
    /// An expiry that is not after the start.
    NeverValid,
    /// The text is not YAML.
    YamlSyntax,
    /// Anchors, aliases, tags, merge keys, directives, further documents, keys that are no text.
    YamlFeature,
    /// A plain scalar that readers of YAML disagree about.
    YamlAmbiguous,
    /// A key that stands twice in a mapping.
    YamlRepeatedKey,
    /// Another kind of node than expected.
    YamlShape,
    /// A key that means nothing here.
    YamlUnknownKey,
    /// A key that has to be there.
    YamlMissingKey,
    /// A value that is not what its key takes.
    ConfigValue,
    /// An environment variable that means nothing.
    ConfigUnknown,
    /// An address that other machines reach.
    ConfigRemote,
    /// An address that is listened on twice.
    ConfigRepeated,
}

impl Code {
    pub const ALL: [Code; 25] = [
        Code::Syntax,
        Code::TooLarge,
        Code::HiddenCharacter,
        Code::UnknownName,
        Code::Duplicate,
        Code::UnknownOrganization,
        Code::UnknownEntity,
        Code::RepeatedEntity,
        Code::HierarchyCycle,
        Code::AmbiguousName,
        Code::WrongValue,
        Code::NotPersonal,
        Code::Misplaced,
        Code::NeverValid,
        Code::YamlSyntax,
        Code::YamlFeature,
        Code::YamlAmbiguous,
        Code::YamlRepeatedKey,
        Code::YamlShape,
        Code::YamlUnknownKey,
        Code::YamlMissingKey,
        Code::ConfigValue,
        Code::ConfigUnknown,
        Code::ConfigRemote,
        Code::ConfigRepeated,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            Code::Syntax => "P0101",
            Code::TooLarge => "P0102",
            Code::HiddenCharacter => "P0103",
            Code::UnknownName => "P0201",
            Code::Duplicate => "P0202",
            Code::UnknownOrganization => "P0701",
            Code::UnknownEntity => "P0702",
            Code::RepeatedEntity => "P0703",
            Code::HierarchyCycle => "P0704",
            Code::AmbiguousName => "P0705",
            Code::WrongValue => "P0706",
            Code::NotPersonal => "P0707",
            Code::Misplaced => "P0708",
            Code::NeverValid => "P0709",
            Code::YamlSyntax => "P0801",
            Code::YamlFeature => "P0802",
            Code::YamlAmbiguous => "P0803",
            Code::YamlRepeatedKey => "P0804",
            Code::YamlShape => "P0805",
            Code::YamlUnknownKey => "P0806",
            Code::YamlMissingKey => "P0807",
            Code::ConfigValue => "P0901",
            Code::ConfigUnknown => "P0902",
            Code::ConfigRemote => "P0903",
            Code::ConfigRepeated => "P0904",
        }
    }
}
