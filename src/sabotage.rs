//! The guards against the list of threats, each of which a test can take out, to show that it is the guard that it tests.
//!
//! Only the feature `sabotage` makes that possible, and no release build can have it. Without the feature a guard is a
//! constant, and nothing of it is left in the program.

#[cfg(all(feature = "sabotage", not(debug_assertions)))]
compile_error!("`sabotage` takes guards out: it is for tests, and no release build can have it");

use std::time::Duration;

/// Thirty years, which no clock goes beyond.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 3_600);

/// Each is named after what it keeps out, or keeps from being believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Other spellings of the names of headers that decide.
    Aliases,
    /// Headers that decide, named in `Connection`.
    HopByHop,
    /// Headers that decide, more than once.
    Repetition,
    /// No `Host`, or two.
    OneHost,
    /// Heads that are too large.
    HeadBounds,
    /// First lines that are not a method, a target and a version.
    FirstLine,
    /// Headers whose names are none.
    HeaderNames,
    /// What is no method.
    MethodForm,
    /// Headers that name another method.
    MethodOverrides,
    /// Methods that no route has.
    RouteMethods,
    /// Hosts that no route has.
    RouteHosts,
    /// What is no host.
    HostForm,
    /// What is no scheme.
    SchemeForm,
    /// What is no address.
    AddressForm,
    /// More addresses than proxies add.
    AddressCount,
    /// Addresses that a client made up.
    NearestAddress,
    /// Headers about the way that are not the dialect's.
    OtherAddresses,
    /// Targets in headers that are not the dialect's.
    OtherTargets,
    /// Targets without their slash.
    LeadingSlash,
    /// Characters that stand in no target.
    TargetBytes,
    /// Targets with a `#`.
    Fragments,
    /// Queries as a part of paths.
    Queries,
    /// `.` and `..` in paths.
    DotSegments,
    /// Two slashes in a row.
    EmptySegments,
    /// Backslashes, parameters, and encoded delimiters of paths.
    Delimiters,
    /// Percent-encoding as itself.
    Encoding,
    /// Percent signs that encode nothing.
    Escapes,
    /// Encoded percent signs.
    DoubleEncoding,
    /// Encoded bytes that are no UTF-8.
    Utf8,
    /// Encoded characters that nobody sees.
    HiddenCharacters,
    /// Paths in other letters, or with more at their end.
    Spellings,
    /// Headers that are no text.
    ValueText,
    /// Peers that may not speak for others.
    TrustedPeers,
    /// Ids with characters that nobody sees.
    VisibleIds,
    /// Subjects and answers that a client names.
    NamedByClients,
    /// What looks like a health check.
    HealthChecks,
    /// Upgrades to other protocols.
    Upgrades,
    /// Denies of which it isn't known whether they apply.
    UnknownDenies,
    /// Patterns within a text, in any letters.
    WholeTexts,
    /// Networks with bits beyond their prefix.
    HostBits,
    /// Lines of heads that end in LF alone.
    LineEnds,
    /// Bodies whose length is told twice, or in another way.
    Framing,
    /// Chunks that begin with more than their size.
    Chunks,
    /// What stands behind a body that nobody has read.
    UnreadBodies,
    /// Bodies of proxies' questions, and what stands behind them.
    HeadAlone,
    /// Headers behind a body.
    Trailers,
    /// Bodies that are too large.
    BodyBound,
    /// Heads that never come whole, and connections on which none comes.
    HeadTime,
    /// Bodies that never come whole.
    BodyTime,
    /// Answers that nobody takes.
    AnswerTime,
    /// Callers that stay after the last answer.
    GoodbyeTime,
    /// Connections of HTTP/2 on which nothing is asked.
    IdleTime,
    /// Connections that others would wait for.
    OwnTasks,
    /// Streams that are taken back as soon as they are begun, or are broken.
    StreamResets,
    /// Ends of listeners by what went wrong with one connection.
    AcceptErrors,
    /// Peers that take the connections of all.
    PeerConnections,
    /// Calls that are framed in another way than they say.
    CallForm,
    /// Errors of gRPC in the place of denials.
    CallAnswers,
    /// Words of requests as labels of metrics.
    Labels,
}

impl Guard {
    /// Whether it is there.
    #[cfg(not(feature = "sabotage"))]
    pub const fn stands(self) -> bool {
        true
    }

    #[cfg(feature = "sabotage")]
    pub fn stands(self) -> bool {
        !switches::taken_out().contains(&self)
    }

    /// So long, where it is there; where it isn't, as good as for ever.
    pub fn bounds(self, time: Duration) -> Duration {
        if self.stands() { time } else { FOREVER }
    }
}

/// The path as somebody may take it who isn't exact about letters and about what stands at its end.
#[cfg(feature = "sabotage")]
pub fn respelled(path: std::borrow::Cow<'_, str>) -> std::borrow::Cow<'_, str> {
    if Guard::Spellings.stands() {
        return path;
    }
    path.trim_end_matches(['.', '/', ' ']).to_lowercase().into()
}

#[cfg(feature = "sabotage")]
mod switches {
    use std::io::Write as _;
    use std::sync::OnceLock;

    use super::Guard;

    /// Names those that are taken out, with commas between them.
    const VARIABLE: &str = "SABOTAGE";

    const ALL: &[Guard] = &[
        Guard::Aliases,
        Guard::HopByHop,
        Guard::Repetition,
        Guard::OneHost,
        Guard::HeadBounds,
        Guard::FirstLine,
        Guard::HeaderNames,
        Guard::MethodForm,
        Guard::MethodOverrides,
        Guard::RouteMethods,
        Guard::RouteHosts,
        Guard::HostForm,
        Guard::SchemeForm,
        Guard::AddressForm,
        Guard::AddressCount,
        Guard::NearestAddress,
        Guard::OtherAddresses,
        Guard::OtherTargets,
        Guard::LeadingSlash,
        Guard::TargetBytes,
        Guard::Fragments,
        Guard::Queries,
        Guard::DotSegments,
        Guard::EmptySegments,
        Guard::Delimiters,
        Guard::Encoding,
        Guard::Escapes,
        Guard::DoubleEncoding,
        Guard::Utf8,
        Guard::HiddenCharacters,
        Guard::Spellings,
        Guard::ValueText,
        Guard::TrustedPeers,
        Guard::VisibleIds,
        Guard::NamedByClients,
        Guard::HealthChecks,
        Guard::Upgrades,
        Guard::UnknownDenies,
        Guard::WholeTexts,
        Guard::HostBits,
        Guard::LineEnds,
        Guard::Framing,
        Guard::Chunks,
        Guard::UnreadBodies,
        Guard::HeadAlone,
        Guard::Trailers,
        Guard::BodyBound,
        Guard::HeadTime,
        Guard::BodyTime,
        Guard::AnswerTime,
        Guard::GoodbyeTime,
        Guard::IdleTime,
        Guard::OwnTasks,
        Guard::StreamResets,
        Guard::AcceptErrors,
        Guard::PeerConnections,
        Guard::CallForm,
        Guard::CallAnswers,
        Guard::Labels,
    ];

    /// Those that the environment names. A name that is none's ends the process, or a test would show nothing.
    pub(super) fn taken_out() -> &'static [Guard] {
        static TAKEN_OUT: OnceLock<Vec<Guard>> = OnceLock::new();
        TAKEN_OUT.get_or_init(|| {
            let names = std::env::var(VARIABLE).unwrap_or_default();
            names.split(',').filter(|name| !name.is_empty()).map(named).collect()
        })
    }

    fn named(name: &str) -> Guard {
        let guard = ALL.iter().copied().find(|guard| format!("{guard:?}") == name);
        guard.unwrap_or_else(|| {
            // Whoever can't be told sees that the process is gone.
            let _ = writeln!(std::io::stderr(), "{VARIABLE}: `{name}` is no guard");
            std::process::exit(70)
        })
    }
}
