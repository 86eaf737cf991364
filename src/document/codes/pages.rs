//! The reference page of each code: what it means, a wrong example and a right one.
//!
//! The match names every code, so that a new one is met here before it can lack a page.

use super::Code;

impl Code {
    /// The code's page, in Markdown. Its first line is the code and what it is called.
    pub const fn page(self) -> &'static str {
        match self {
            Code::Syntax => include_str!("../../../grammar/codes/P0101.md"),
            Code::TooLarge => include_str!("../../../grammar/codes/P0102.md"),
            Code::HiddenCharacter => include_str!("../../../grammar/codes/P0103.md"),
            Code::TooDeep => include_str!("../../../grammar/codes/P0104.md"),
            Code::BadLiteral => include_str!("../../../grammar/codes/P0105.md"),
            Code::Unreadable => include_str!("../../../grammar/codes/P0121.md"),
            Code::Misnamed => include_str!("../../../grammar/codes/P0122.md"),
            Code::Unfinished => include_str!("../../../grammar/codes/P0123.md"),
            Code::NoPolicy => include_str!("../../../grammar/codes/P0124.md"),
            Code::NotAsListed => include_str!("../../../grammar/codes/P0125.md"),
            Code::Unprintable => include_str!("../../../grammar/codes/P0130.md"),
            Code::UnknownName => include_str!("../../../grammar/codes/P0201.md"),
            Code::Duplicate => include_str!("../../../grammar/codes/P0202.md"),
            Code::UnknownAttribute => include_str!("../../../grammar/codes/P0203.md"),
            Code::ReservedName => include_str!("../../../grammar/codes/P0204.md"),
            Code::DefinitionCycle => include_str!("../../../grammar/codes/P0205.md"),
            Code::BadName => include_str!("../../../grammar/codes/P0206.md"),
            Code::NotImported => include_str!("../../../grammar/codes/P0207.md"),
            Code::OwnPackage => include_str!("../../../grammar/codes/P0208.md"),
            Code::UnusedImport => include_str!("../../../grammar/codes/P0209.md"),
            Code::ForeignWildcard => include_str!("../../../grammar/codes/P0210.md"),
            Code::Unused => include_str!("../../../grammar/codes/P0221.md"),
            Code::LookAlike => include_str!("../../../grammar/codes/P0222.md"),
            Code::OwnerNobody => include_str!("../../../grammar/codes/P0223.md"),
            Code::TypeMismatch => include_str!("../../../grammar/codes/P0301.md"),
            Code::NotShared => include_str!("../../../grammar/codes/P0302.md"),
            Code::OptionalRead => include_str!("../../../grammar/codes/P0303.md"),
            Code::PathTooLong => include_str!("../../../grammar/codes/P0304.md"),
            Code::ChainedComparison => include_str!("../../../grammar/codes/P0305.md"),
            Code::MisplacedNow => include_str!("../../../grammar/codes/P0306.md"),
            Code::NeverOfType => include_str!("../../../grammar/codes/P0307.md"),
            Code::BadPattern => include_str!("../../../grammar/codes/P0311.md"),
            Code::WrongArguments => include_str!("../../../grammar/codes/P0312.md"),
            Code::TooManySteps => include_str!("../../../grammar/codes/P0313.md"),
            Code::ConstantCondition => include_str!("../../../grammar/codes/P0321.md"),
            Code::PlainSign => include_str!("../../../grammar/codes/P0322.md"),
            Code::RoleCycle => include_str!("../../../grammar/codes/P0401.md"),
            Code::PriorityRange => include_str!("../../../grammar/codes/P0402.md"),
            Code::RepeatedClause => include_str!("../../../grammar/codes/P0403.md"),
            Code::UnnamedDeny => include_str!("../../../grammar/codes/P0404.md"),
            Code::InheritsEverything => include_str!("../../../grammar/codes/P0405.md"),
            Code::NotOverridable => include_str!("../../../grammar/codes/P0406.md"),
            Code::IdleConstraint => include_str!("../../../grammar/codes/P0421.md"),
            Code::NeverDecides => include_str!("../../../grammar/codes/P0422.md"),
            Code::InheritedDeny => include_str!("../../../grammar/codes/P0423.md"),
            Code::Repeated => include_str!("../../../grammar/codes/P0424.md"),
            Code::SaysTooMuch => include_str!("../../../grammar/codes/P0425.md"),
            Code::EmptySpan => include_str!("../../../grammar/codes/P0501.md"),
            Code::BadTime => include_str!("../../../grammar/codes/P0502.md"),
            Code::UnknownZone => include_str!("../../../grammar/codes/P0503.md"),
            Code::BadNetwork => include_str!("../../../grammar/codes/P0504.md"),
            Code::HostBits => include_str!("../../../grammar/codes/P0505.md"),
            Code::Overlap => include_str!("../../../grammar/codes/P0521.md"),
            Code::RouteOverlap => include_str!("../../../grammar/codes/P0601.md"),
            Code::RestNotLast => include_str!("../../../grammar/codes/P0602.md"),
            Code::BadSegment => include_str!("../../../grammar/codes/P0603.md"),
            Code::RouteValue => include_str!("../../../grammar/codes/P0604.md"),
            Code::BadMethod => include_str!("../../../grammar/codes/P0605.md"),
            Code::UnknownOrganization => include_str!("../../../grammar/codes/P0701.md"),
            Code::UnknownEntity => include_str!("../../../grammar/codes/P0702.md"),
            Code::RepeatedEntity => include_str!("../../../grammar/codes/P0703.md"),
            Code::HierarchyCycle => include_str!("../../../grammar/codes/P0704.md"),
            Code::AmbiguousName => include_str!("../../../grammar/codes/P0705.md"),
            Code::WrongValue => include_str!("../../../grammar/codes/P0706.md"),
            Code::NotPersonal => include_str!("../../../grammar/codes/P0707.md"),
            Code::Misplaced => include_str!("../../../grammar/codes/P0708.md"),
            Code::NeverValid => include_str!("../../../grammar/codes/P0709.md"),
            Code::YamlSyntax => include_str!("../../../grammar/codes/P0801.md"),
            Code::YamlFeature => include_str!("../../../grammar/codes/P0802.md"),
            Code::YamlAmbiguous => include_str!("../../../grammar/codes/P0803.md"),
            Code::YamlRepeatedKey => include_str!("../../../grammar/codes/P0804.md"),
            Code::YamlShape => include_str!("../../../grammar/codes/P0805.md"),
            Code::YamlUnknownKey => include_str!("../../../grammar/codes/P0806.md"),
            Code::YamlMissingKey => include_str!("../../../grammar/codes/P0807.md"),
            Code::ConfigValue => include_str!("../../../grammar/codes/P0901.md"),
            Code::ConfigUnknown => include_str!("../../../grammar/codes/P0902.md"),
            Code::ConfigRemote => include_str!("../../../grammar/codes/P0903.md"),
            Code::ConfigRepeated => include_str!("../../../grammar/codes/P0904.md"),
            Code::NoTests => include_str!("../../../grammar/codes/P1001.md"),
            Code::TestFailed => include_str!("../../../grammar/codes/P1002.md"),
            Code::Expectation => include_str!("../../../grammar/codes/P1003.md"),
        }
    }

    /// What the code is called, as the first line of its page says.
    pub fn title(self) -> &'static str {
        let line = self.page().lines().next().unwrap_or_default();
        line.split_once(": ").map_or(line, |(_, title)| title)
    }

    /// The code that is written so, in upper or in lower case.
    pub fn named(text: &str) -> Option<Code> {
        Code::ALL.into_iter().find(|code| code.text().eq_ignore_ascii_case(text))
    }
}
