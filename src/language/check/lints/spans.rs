//! Windows whose spans overlap.

use super::Written;
use crate::document::{Code, Diagnostic};
use crate::language::check::report::Report;
use crate::language::check::windows::{day_spans, days};
use crate::language::syntax::tree::WindowSpan;
use crate::model::Window;
use crate::model::zone::Zone;

/// How many pairs of spans are looked at.
const STEPS_MAX: usize = 1_000_000;

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    // In which zone a span stands changes nothing about which others it overlaps.
    let Some(zone) = Zone::named("UTC") else { return };
    let mut steps_left = STEPS_MAX;
    for declared in &written.declarations.windows {
        let mut before: Vec<(Vec<(i64, i64)>, crate::document::Span)> = Vec::new();
        for span in &declared.node.spans {
            doubled_days(span, report);
            let own = Window::new(zone.clone(), &day_spans(span, report)).parts().1.to_vec();
            let Some(left) = steps_left.checked_sub(1 + before.len() * own.len()) else { return };
            steps_left = left;
            let overlaps = |other: &[(i64, i64)]| {
                own.iter().any(|(start, end)| other.iter().any(|(from, to)| start < to && from < end))
            };
            if let Some((_, first)) = before.iter().find(|(other, _)| overlaps(other)) {
                report.add(
                    Diagnostic::warning(Code::Overlap, "this span overlaps another one of the window")
                        .at(span.span, "")
                        .related(*first, "the other one")
                        .help("let one end where the other starts, or make one of both"),
                );
            }
            before.push((own, span.span));
        }
    }
}

/// `Mon-Fri,Wed`: a day that stands twice before one time.
fn doubled_days(span: &WindowSpan<'_>, report: &mut Report) {
    let mut before: Vec<u8> = Vec::new();
    for range @ (first, last) in &span.days {
        let own = days(std::slice::from_ref(range), report);
        if own.iter().any(|day| before.contains(day)) {
            let place = last.map_or(first.span, |last| first.span.to(last.span));
            let message = match last {
                Some(_) => "some of these days stand before already".to_owned(),
                None => format!("`{}` is among the days before already", first.text),
            };
            report.add(
                Diagnostic::warning(Code::Overlap, message)
                    .at(place, "")
                    .help("leave it out, or write the day that is meant"),
            );
            return;
        }
        before.extend(own);
    }
}
