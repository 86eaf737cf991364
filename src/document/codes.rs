//! The registry of diagnostic codes. A code that was released is never used again for something else. Each has its page in
//! `grammar/codes`, with a wrong example and a right one, which `portcullis check --explain` prints.

/// What a diagnostic is about. Ranges: 01 reading, 02 names, 03 types, 04 rules and roles, 05 windows and networks,
/// 06 routes, 07 facts, 08 YAML, 09 configuration, 10 policy tests. Of 02 to 05 those from 21 on are no mistakes for
/// sure, but most likely not what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// The text is not what the grammar expects here.
    Syntax,
    /// A file or a construct is over its limit.
    TooLarge,
    /// A character nobody can see.
    HiddenCharacter,
    /// A condition nests too deep.
    TooDeep,
    /// A number too large, an escape that is none, a date, a time or a duration that is none.
    BadLiteral,
    /// A file or a directory that can't be read.
    Unreadable,
    /// A file whose name is nearly that of a policy or facts file.
    Misnamed,
    /// A file that is still being written.
    Unfinished,
    /// Policies that could never allow anything.
    NoPolicy,
    /// A directory that is not what its `bundle.yaml` lists.
    NotAsListed,
    /// What can't be laid out without losing some of it.
    Unprintable,
    /// A name that nothing declares.
    UnknownName,
    /// A name that is declared twice.
    Duplicate,
    /// An attribute that its type, the context or the organization does not declare.
    UnknownAttribute,
    /// A name that means something already, without a declaration.
    ReservedName,
    /// Definitions that use each other in a circle.
    DefinitionCycle,
    /// A name that nothing can have on the wire.
    BadName,
    /// A name of a package that the file does not import.
    NotImported,
    /// A package that imports itself, or stands before a name of its own.
    OwnPackage,
    /// An import that nothing uses.
    UnusedImport,
    /// `*` for the types of another package.
    ForeignWildcard,
    /// A declaration that nothing uses.
    Unused,
    /// Names that are not the same and look as if they were.
    LookAlike,
    /// An `owner` that is no subject.
    OwnerNobody,
    /// A value or a condition of another type than is needed here.
    TypeMismatch,
    /// An attribute that not every possible type declares alike.
    NotShared,
    /// An optional attribute is read without saying what holds if it is absent.
    OptionalRead,
    /// A path over more entities than allowed.
    PathTooLong,
    /// `a < b < c`.
    ChainedComparison,
    /// `now` where it can't stand.
    MisplacedNow,
    /// An `is` that can't be true.
    NeverOfType,
    /// A glob or a regular expression that is none.
    BadPattern,
    /// A definition that is given too much, too little, or something where it takes nothing.
    WrongArguments,
    /// Conditions that may take too many steps.
    TooManySteps,
    /// A condition that is always the same.
    ConstantCondition,
    /// A sign in a glob that is a wildcard elsewhere.
    PlainSign,
    /// Roles that inherit from each other in a circle.
    RoleCycle,
    /// A priority beyond the bounds.
    PriorityRange,
    /// A clause that may stand only once.
    RepeatedClause,
    /// A deny without a name.
    UnnamedDeny,
    /// A role that gains `*:*` from a role it inherits.
    InheritsEverything,
    /// An allow that is `overridable`.
    NotOverridable,
    /// A part of a role's constraint that has no effect or leaves nothing.
    IdleConstraint,
    /// A rule, or a permission of a role, that never decides.
    NeverDecides,
    /// A deny that reaches a role only because it inherits another.
    InheritedDeny,
    /// A target, a name or a rule that stands there twice.
    Repeated,
    /// An allow that says more than the answer to a proxy holds.
    SaysTooMuch,
    /// A span of a window that starts and ends at the same time.
    EmptySpan,
    /// A day or a time of day that is none.
    BadTime,
    /// A time zone that the database does not have.
    UnknownZone,
    /// A text that is no IP network.
    BadNetwork,
    /// A network whose address has bits beyond its prefix.
    HostBits,
    /// Spans or networks of one list that overlap.
    Overlap,
    /// Two routes that match one request, and neither is more specific.
    RouteOverlap,
    /// `**` before the end of a path.
    RestNotLast,
    /// A segment that no request can have or that does not mean what it seems to.
    BadSegment,
    /// A route's id or organization that does not fit its pattern or its permission.
    RouteValue,
    /// A method that is not written as requests write it.
    BadMethod,
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
    /// Tests that ask nothing.
    NoTests,
    /// A test that fails.
    TestFailed,
    /// An expectation that nothing can meet.
    Expectation,
}

impl Code {
    pub const ALL: [Code; 81] = [
        Code::Syntax,
        Code::TooLarge,
        Code::HiddenCharacter,
        Code::TooDeep,
        Code::BadLiteral,
        Code::Unreadable,
        Code::Misnamed,
        Code::Unfinished,
        Code::NoPolicy,
        Code::NotAsListed,
        Code::Unprintable,
        Code::UnknownName,
        Code::Duplicate,
        Code::UnknownAttribute,
        Code::ReservedName,
        Code::DefinitionCycle,
        Code::BadName,
        Code::NotImported,
        Code::OwnPackage,
        Code::UnusedImport,
        Code::ForeignWildcard,
        Code::Unused,
        Code::LookAlike,
        Code::OwnerNobody,
        Code::TypeMismatch,
        Code::NotShared,
        Code::OptionalRead,
        Code::PathTooLong,
        Code::ChainedComparison,
        Code::MisplacedNow,
        Code::NeverOfType,
        Code::BadPattern,
        Code::WrongArguments,
        Code::TooManySteps,
        Code::ConstantCondition,
        Code::PlainSign,
        Code::RoleCycle,
        Code::PriorityRange,
        Code::RepeatedClause,
        Code::UnnamedDeny,
        Code::InheritsEverything,
        Code::NotOverridable,
        Code::IdleConstraint,
        Code::NeverDecides,
        Code::InheritedDeny,
        Code::Repeated,
        Code::SaysTooMuch,
        Code::EmptySpan,
        Code::BadTime,
        Code::UnknownZone,
        Code::BadNetwork,
        Code::HostBits,
        Code::Overlap,
        Code::RouteOverlap,
        Code::RestNotLast,
        Code::BadSegment,
        Code::RouteValue,
        Code::BadMethod,
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
        Code::NoTests,
        Code::TestFailed,
        Code::Expectation,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            Code::Syntax => "P0101",
            Code::TooLarge => "P0102",
            Code::HiddenCharacter => "P0103",
            Code::TooDeep => "P0104",
            Code::BadLiteral => "P0105",
            Code::Unreadable => "P0121",
            Code::Misnamed => "P0122",
            Code::Unfinished => "P0123",
            Code::NoPolicy => "P0124",
            Code::NotAsListed => "P0125",
            Code::Unprintable => "P0130",
            Code::UnknownName => "P0201",
            Code::Duplicate => "P0202",
            Code::UnknownAttribute => "P0203",
            Code::ReservedName => "P0204",
            Code::DefinitionCycle => "P0205",
            Code::BadName => "P0206",
            Code::NotImported => "P0207",
            Code::OwnPackage => "P0208",
            Code::UnusedImport => "P0209",
            Code::ForeignWildcard => "P0210",
            Code::Unused => "P0221",
            Code::LookAlike => "P0222",
            Code::OwnerNobody => "P0223",
            Code::TypeMismatch => "P0301",
            Code::NotShared => "P0302",
            Code::OptionalRead => "P0303",
            Code::PathTooLong => "P0304",
            Code::ChainedComparison => "P0305",
            Code::MisplacedNow => "P0306",
            Code::NeverOfType => "P0307",
            Code::BadPattern => "P0311",
            Code::WrongArguments => "P0312",
            Code::TooManySteps => "P0313",
            Code::ConstantCondition => "P0321",
            Code::PlainSign => "P0322",
            Code::RoleCycle => "P0401",
            Code::PriorityRange => "P0402",
            Code::RepeatedClause => "P0403",
            Code::UnnamedDeny => "P0404",
            Code::InheritsEverything => "P0405",
            Code::NotOverridable => "P0406",
            Code::IdleConstraint => "P0421",
            Code::NeverDecides => "P0422",
            Code::InheritedDeny => "P0423",
            Code::Repeated => "P0424",
            Code::SaysTooMuch => "P0425",
            Code::EmptySpan => "P0501",
            Code::BadTime => "P0502",
            Code::UnknownZone => "P0503",
            Code::BadNetwork => "P0504",
            Code::HostBits => "P0505",
            Code::Overlap => "P0521",
            Code::RouteOverlap => "P0601",
            Code::RestNotLast => "P0602",
            Code::BadSegment => "P0603",
            Code::RouteValue => "P0604",
            Code::BadMethod => "P0605",
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
            Code::NoTests => "P1001",
            Code::TestFailed => "P1002",
            Code::Expectation => "P1003",
        }
    }
}

mod pages;
#[cfg(test)]
mod tests;
