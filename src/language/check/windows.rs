//! Windows and networks.

use std::sync::LazyLock;

use super::names::{Declarations, Named, Names, annotations, distinct};
use super::report::Report;
use crate::document::Code;
use crate::language::policy::{NamedNetworks, NamedWindow};
use crate::language::syntax::tree::{self, Name};
use crate::model::network::{NetworkError, parse_network};
use crate::model::window::DaySpan;
use crate::model::zone::{Zone, zone_names};
use crate::model::{Networks, Symbol, Table, Window};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY_MINUTES: u16 = 24 * 60;

static ZONES: LazyLock<Vec<&'static str>> = LazyLock::new(|| zone_names().collect());

pub(super) fn networks<'a>(
    declarations: &Declarations<'_, 'a>,
    names: &mut Names<'a>,
    report: &mut Report,
) -> Table<NamedNetworks> {
    let mut table = Table::default();
    for declared in distinct(declarations.networks.clone(), |node| node.name, "network", report) {
        let node = declared.node;
        let addresses: Vec<_> =
            node.addresses.iter().filter_map(|address| network(*address, report)).collect();
        let id = table.push(NamedNetworks {
            package: declared.site.package,
            name: Symbol::intern(node.name.text),
            networks: Networks::new(&addresses),
            annotations: annotations(node.annotations.iter(), report),
        });
        names.define(declared.site.package, node.name, Named::Networks(id), report);
    }
    table
}

fn network(address: Name<'_>, report: &mut Report) -> Option<ipnet::IpNet> {
    let error = match parse_network(address.text) {
        Ok(network) => return Some(network),
        Err(error) => error,
    };
    let text = address.text;
    match error {
        NetworkError::Malformed => report.error_with_help(
            Code::BadNetwork,
            address.span,
            format!("`{text}` is not an IP network"),
            "write it like `192.168.0.0/16`, `2001:db8::/32`, or as a single address",
        ),
        NetworkError::Mapped => report.error_with_help(
            Code::BadNetwork,
            address.span,
            format!("`{text}` is an IPv4 network written as IPv6"),
            "write it as IPv4; it is then found however an address is written",
        ),
        NetworkError::HostBits => {
            let network = text.parse::<ipnet::IpNet>().map(|network| network.trunc().to_string());
            let message = format!("`{text}` has bits beyond its prefix");
            let help = network.map(|network| format!("write `{network}`")).unwrap_or_default();
            report.error_with_help(Code::HostBits, address.span, message, help);
        }
    }
    None
}

pub(super) fn windows<'a>(
    declarations: &Declarations<'_, 'a>,
    names: &mut Names<'a>,
    report: &mut Report,
) -> Table<NamedWindow> {
    let mut table = Table::default();
    for declared in distinct(declarations.windows.clone(), |node| node.name, "window", report) {
        let node = declared.node;
        let spans: Vec<DaySpan> = node.spans.iter().flat_map(|span| day_spans(span, report)).collect();
        let id = Named::Window(crate::model::Id::new(table.len()));
        names.define(declared.site.package, node.name, id, report);
        let annotations = annotations(node.annotations.iter(), report);
        let zone = zone(node.zone, report).or_else(|| Zone::named("UTC"));
        // Without a zone there is an error; the window is there so that its name is.
        let Some(zone) = zone else { continue };
        table.push(NamedWindow {
            package: declared.site.package,
            name: Symbol::intern(node.name.text),
            window: Window::new(zone, &spans),
            annotations,
        });
    }
    table
}

pub(super) fn zone(name: Name<'_>, report: &mut Report) -> Option<std::sync::Arc<Zone>> {
    let zone = Zone::named(name.text);
    if zone.is_none() {
        let help = match report.proposal(name.text, ZONES.iter().copied()) {
            Some(proposal) => format!("did you mean `{proposal}`?"),
            None => "zones are written as the IANA database does, like `Europe/London`".to_owned(),
        };
        report.error_with_help(
            Code::UnknownZone,
            name.span,
            format!("unknown time zone `{}`", name.text),
            help,
        );
    }
    zone
}

pub(super) fn day_spans(span: &tree::WindowSpan<'_>, report: &mut Report) -> Vec<DaySpan> {
    let days = days(&span.days, report);
    let (start, end) = (minute(span.start, report), minute(span.end, report));
    let (Some(start), Some(end)) = (start, end) else { return Vec::new() };
    if start == DAY_MINUTES {
        report.error_with_help(
            Code::BadTime,
            span.start.span,
            "a span can't start at `24:00`",
            "start it at `00:00` of the next day",
        );
        return Vec::new();
    }
    if start == end {
        report.error_with_help(
            Code::EmptySpan,
            span.start.span.to(span.end.span),
            "the span starts and ends at the same time",
            "for the whole day write `00:00-24:00`",
        );
        return Vec::new();
    }
    days.into_iter().map(|day| DaySpan { day, start_minute: start, end_minute: end }).collect()
}

/// The days that are meant, 0 for Monday; a range may go over the end of the week.
pub(super) fn days(ranges: &[(Name<'_>, Option<Name<'_>>)], report: &mut Report) -> Vec<u8> {
    if ranges.is_empty() {
        return (0..7).collect();
    }
    let mut days = Vec::new();
    for (first, last) in ranges {
        let first = day(*first, report);
        let last = last.map_or(first, |last| day(last, report));
        let (Some(first), Some(last)) = (first, last) else { continue };
        let length = (last + 7 - first) % 7;
        days.extend((0..=length).map(|step| (first + step) % 7));
    }
    days.sort_unstable();
    days.dedup();
    days
}

fn day(name: Name<'_>, report: &mut Report) -> Option<u8> {
    let found = (0_u8..).zip(DAYS).find(|(_, day)| *day == name.text).map(|(number, _)| number);
    if found.is_none() {
        let start = name.text.get(..3).unwrap_or(name.text);
        let help = match DAYS.iter().find(|day| day.eq_ignore_ascii_case(start)) {
            Some(day) => format!("write `{day}`"),
            None => "days are `Mon`, `Tue`, `Wed`, `Thu`, `Fri`, `Sat` and `Sun`".to_owned(),
        };
        report.error_with_help(Code::BadTime, name.span, format!("`{}` is not a day", name.text), help);
    }
    found
}

/// The minute of the day; `24:00` is its end.
fn minute(name: Name<'_>, report: &mut Report) -> Option<u16> {
    let read = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u16>().ok()).flatten();
    let minute = name
        .text
        .split_once(':')
        .and_then(|(hours, minutes)| Some((read(hours)?, read(minutes)?)))
        .filter(|(hours, minutes)| *hours < 24 && *minutes < 60 || (*hours, *minutes) == (24, 0))
        .map(|(hours, minutes)| hours * 60 + minutes);
    if minute.is_none() {
        report.error_with_help(
            Code::BadTime,
            name.span,
            format!("`{}` is not a time of day", name.text),
            "times go from `00:00` to `24:00`, with two digits each",
        );
    }
    minute
}
