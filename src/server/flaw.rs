//! What may be wrong with the head of a request.

use crate::service::Refusal;

/// The first thing that is wrong with a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    LineEnd,
    FirstLine,
    Method,
    Target,
    TargetSize,
    HeadSize,
    HeaderCount,
    HeaderName,
    HeaderValue,
    Host,
    Framing,
}

impl Flaw {
    pub(super) const ALL: [Flaw; 11] = [
        Flaw::LineEnd,
        Flaw::FirstLine,
        Flaw::Method,
        Flaw::Target,
        Flaw::TargetSize,
        Flaw::HeadSize,
        Flaw::HeaderCount,
        Flaw::HeaderName,
        Flaw::HeaderValue,
        Flaw::Host,
        Flaw::Framing,
    ];

    pub(super) const fn refusal(self) -> Refusal {
        match self {
            Flaw::TargetSize => Refusal::TargetTooLong,
            Flaw::HeadSize => Refusal::HeadTooLarge,
            Flaw::HeaderCount => Refusal::TooManyHeaders,
            Flaw::LineEnd
            | Flaw::FirstLine
            | Flaw::Method
            | Flaw::Target
            | Flaw::HeaderName
            | Flaw::HeaderValue
            | Flaw::Host
            | Flaw::Framing => Refusal::MalformedRequest,
        }
    }

    /// What the caller is told: what should be there.
    pub(super) const fn message(self) -> &'static str {
        match self {
            Flaw::LineEnd => "every line of the head has to end in CR LF",
            Flaw::FirstLine => {
                "the first line has to be a method, a target and `HTTP/1.1`, with one space between them"
            }
            Flaw::Method => "the method has to be in capital letters, and may be neither CONNECT nor TRACE",
            Flaw::Target => {
                "the target has to be a path: one `/`, then printable ASCII without `#`, `<`, `>`, quotes and backticks"
            }
            Flaw::TargetSize => "the target has to be no longer than 8 KB",
            Flaw::HeadSize => "the head has to be no larger than 16 KB",
            Flaw::HeaderCount => "there may be no more than 64 headers",
            Flaw::HeaderName => {
                "each header has to be a name, a colon right after it, and a value on the same line"
            }
            Flaw::HeaderValue => "the values of headers have to be UTF-8 without control characters",
            Flaw::Host => "the request needs exactly one `Host`: a name or an address, and perhaps a port",
            Flaw::Framing => {
                "the body's length has to be told once: by `Content-Length` in digits, or by `Transfer-Encoding: chunked`"
            }
        }
    }
}
