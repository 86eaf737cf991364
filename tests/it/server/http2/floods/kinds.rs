//! The floods: what is sent, to which front door, and how it ends.

use super::super::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, PING, RST_STREAM, SETTINGS, WINDOW_UPDATE, block,
    frame, literal, opening,
};
use crate::grpc::CHECK;

/// How the connection of a flood ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// The server says why, and closes.
    Told,
    /// It closes.
    Closed,
}

/// Whom the requests of a flood are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    AuthRequest,
    ForwardAuth,
    ExtAuthz,
    Evaluation,
    Check,
}

pub const TARGETS: [Target; 5] =
    [Target::AuthRequest, Target::ForwardAuth, Target::ExtAuthz, Target::Evaluation, Target::Check];

pub struct Flood {
    pub name: &'static str,
    /// What keeps it out; nothing where that is the HTTP library alone.
    pub guards: &'static str,
    /// What is sent first.
    pub start: fn(Target) -> Vec<u8>,
    /// What is sent then, again and again.
    pub wave: fn(Target, u32) -> Vec<u8>,
    pub waves: u32,
    /// So few of them end it already, if the caller reads.
    pub few: u32,
    /// What makes whole what they leave open.
    pub finish: &'static [u8],
    /// Whether the caller reads what is answered.
    pub reads: bool,
    pub ends: Ends,
}

/// The head of a request that asks there, and would be allowed or has a body to come.
fn request(target: Target) -> Vec<u8> {
    let fields: &[(&str, &str)] = match target {
        Target::AuthRequest => &[
            (":method", "GET"),
            (":path", "/authz/auth-request"),
            ("x-original-method", "GET"),
            ("x-original-uri", "/public/page"),
        ],
        Target::ForwardAuth => &[
            (":method", "GET"),
            (":path", "/authz/forward-auth"),
            ("x-forwarded-method", "GET"),
            ("x-forwarded-uri", "/public/page"),
        ],
        Target::ExtAuthz => &[(":method", "GET"), (":path", "/authz/ext-authz/public/page")],
        Target::Evaluation => {
            &[(":method", "POST"), (":path", "/access/v1/evaluation"), ("content-type", "application/json")]
        }
        Target::Check => {
            &[(":method", "POST"), (":path", CHECK), ("content-type", "application/grpc"), ("te", "trailers")]
        }
    };
    // Those with a colon come first.
    let (method, rest) = fields.split_at(2);
    block(&[method, &[(":scheme", "http"), (":authority", "pdp")], rest].concat())
}

fn opened(_: Target) -> Vec<u8> {
    opening(&[])
}

/// A request whose head doesn't end.
fn within_head(target: Target) -> Vec<u8> {
    [opening(&[]), frame(HEADERS, 0, 1, &request(target))].concat()
}

/// A request whose body doesn't end.
fn within_body(target: Target) -> Vec<u8> {
    [opening(&[]), frame(HEADERS, END_HEADERS, 1, &request(target))].concat()
}

fn whole(target: Target, stream: u32) -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, stream, &request(target))
}

/// An empty frame that ends the head of the first stream.
const HEAD_END: &[u8] = &[0, 0, 0, CONTINUATION, END_HEADERS, 0, 0, 0, 1];

pub const FLOODS: &[Flood] = &[
    Flood {
        name: "rapid resets",
        guards: "StreamResets",
        start: opened,
        wave: |target, number| {
            let stream = 2 * number + 1;
            [whole(target, stream), frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
        },
        waves: 200_000,
        few: 200,
        finish: &[],
        reads: true,
        ends: Ends::Told,
    },
    Flood {
        name: "mistakes that make the server reset",
        guards: "StreamResets",
        start: opened,
        wave: |target, number| {
            let stream = 2 * number + 1;
            let headers = frame(HEADERS, END_HEADERS, stream, &request(target));
            // A window of more than there can be (CVE-2025-8671).
            [headers, frame(WINDOW_UPDATE, 0, stream, &[0x7f, 0xff, 0xff, 0xff])].concat()
        },
        waves: 100_000,
        few: 200,
        finish: &[],
        reads: true,
        ends: Ends::Told,
    },
    Flood {
        name: "a head without an end",
        guards: "HeadBounds",
        start: within_head,
        wave: |_, _| frame(CONTINUATION, 0, 1, &literal(0, "x-a", &"a".repeat(8_000))),
        waves: 20_000,
        few: 20,
        finish: HEAD_END,
        reads: true,
        ends: Ends::Told,
    },
    Flood {
        name: "continuations of nothing",
        guards: "",
        start: within_head,
        wave: |_, _| frame(CONTINUATION, 0, 1, &[]).repeat(100),
        waves: 20_000,
        few: 100,
        finish: HEAD_END,
        reads: true,
        ends: Ends::Told,
    },
    Flood {
        name: "empty data",
        guards: "",
        start: within_body,
        wave: |_, _| frame(DATA, 0, 1, &[]).repeat(100),
        waves: 20_000,
        few: 500,
        finish: &[],
        reads: true,
        ends: Ends::Told,
    },
    Flood {
        name: "pings that are not heard",
        guards: "AnswerTime,IdleTime",
        start: opened,
        wave: |_, _| frame(PING, 0, 0, &[7; 8]).repeat(100),
        waves: 50_000,
        few: 0,
        finish: &[],
        reads: false,
        ends: Ends::Closed,
    },
    Flood {
        name: "settings that are not heard",
        guards: "AnswerTime,IdleTime",
        start: opened,
        wave: |_, _| frame(SETTINGS, 0, 0, &[]).repeat(100),
        waves: 50_000,
        few: 0,
        finish: &[],
        reads: false,
        ends: Ends::Closed,
    },
    Flood {
        name: "answers that are not heard",
        guards: "AnswerTime,IdleTime,StreamResets",
        start: |_| opening(&[(4, 0x7fff_ffff)]),
        wave: |target, number| whole(target, 2 * number + 1),
        waves: 500_000,
        few: 0,
        finish: &[],
        reads: false,
        ends: Ends::Closed,
    },
    Flood {
        name: "a small head that becomes a large one",
        guards: "HeadBounds",
        start: opened,
        wave: |target, number| {
            let mut bomb = request(target);
            // The field is remembered once, and then named by its number four thousand times.
            bomb.extend(literal(0x40, "x-a", &"a".repeat(3_900)));
            bomb.extend([0xbe; 4_000]);
            frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &bomb)
        },
        waves: 5_000,
        few: 1,
        finish: &[],
        reads: true,
        ends: Ends::Told,
    },
];
