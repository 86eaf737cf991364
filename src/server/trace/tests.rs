//! What a `traceparent` is, and what is none.

use super::Trace;

const OF_CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The caller's without version and flags.
fn ids() -> &'static str {
    OF_CALLER.strip_prefix("00-").and_then(|rest| rest.strip_suffix("-01")).unwrap()
}

#[test]
fn our_span_takes_the_callers_place() {
    let trace = Trace::parse(OF_CALLER, 0xabc).unwrap();
    assert_eq!(trace.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000abc-01");
    assert_eq!(&*trace.parent, "00f067aa0ba902b7");
}

#[test]
fn whether_the_trace_is_recorded_is_the_callers_say() {
    for (flags, expected) in [("00", "00"), ("01", "01"), ("02", "00"), ("ff", "01")] {
        let trace = Trace::parse(&format!("00-{}-{flags}", ids()), 1).unwrap().to_string();
        assert_eq!(trace.rsplit('-').next(), Some(expected), "{flags}");
    }
}

#[test]
fn a_later_version_is_read_as_far_as_it_is_known() {
    let later = format!("cc-{}-01-what-the-future-brings", ids());
    assert_eq!(Trace::parse(&later, 1), Trace::parse(OF_CALLER, 1));
}

#[test]
fn what_is_no_traceparent_is_none() {
    let zero_trace = format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32));
    let zero_parent = format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{}-01", "0".repeat(16));
    for wrong in [
        "",
        "00",
        &format!("00-{}-", ids()),
        &format!("00-{}", ids()),
        &format!("0-{}-01", ids()),
        &format!("ff-{}-01", ids()),
        &format!("{OF_CALLER}-more"),
        &format!("{OF_CALLER}-"),
        &format!("{OF_CALLER}0"),
        &format!(" {OF_CALLER}"),
        &OF_CALLER.to_uppercase(),
        &OF_CALLER.replace('4', "g"),
        &zero_trace,
        &zero_parent,
    ] {
        assert_eq!(Trace::parse(wrong, 1), None, "{wrong}");
    }
}
