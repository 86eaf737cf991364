//! The text format of the `OpenMetrics` specification 1.0, which the metrics library does
//! not write.
//!
//! It differs from the Prometheus text format where a family's name leaves out what its samples end with (`_total`,
//! `_info`), in naming units, in how numbers are written, and in its last line.

use std::fmt::Write as _;

use prometheus::proto::{LabelPair, Metric, MetricFamily, MetricType};

/// What the names of families end with whose unit is said.
const UNITS: [&str; 2] = ["seconds", "bytes"];

/// The families as a whole exposition.
pub(super) fn text(families: &[MetricFamily]) -> String {
    let mut text = String::new();
    for family in families {
        write(&mut text, family);
    }
    text.push_str("# EOF\n");
    text
}

fn write(text: &mut String, family: &MetricFamily) {
    let whole = family.name();
    let kind = family.get_field_type();
    let (name, kind, suffix) = match (kind, whole.strip_suffix("_total"), whole.strip_suffix("_info")) {
        (MetricType::COUNTER, Some(name), _) => (name, "counter", "_total"),
        (MetricType::GAUGE, _, Some(name)) => (name, "info", "_info"),
        (MetricType::GAUGE, ..) => (whole, "gauge", ""),
        (MetricType::HISTOGRAM, ..) => (whole, "histogram", ""),
        // We register none of these.
        (MetricType::COUNTER | MetricType::SUMMARY | MetricType::UNTYPED, ..) => return,
    };
    let _ = writeln!(text, "# TYPE {name} {kind}");
    if let Some(unit) = UNITS.into_iter().find(|unit| name.ends_with(&format!("_{unit}"))) {
        let _ = writeln!(text, "# UNIT {name} {unit}");
    }
    let _ = writeln!(text, "# HELP {name} {}", escaped(family.help()));
    for metric in family.get_metric() {
        match family.get_field_type() {
            MetricType::HISTOGRAM => histogram(text, name, metric),
            MetricType::COUNTER => sample(text, name, suffix, metric, None, metric.get_counter().get_value()),
            _ => sample(text, name, suffix, metric, None, metric.get_gauge().get_value()),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn histogram(text: &mut String, name: &str, metric: &Metric) {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count() as f64;
    for bucket in histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite()) {
        let bound = number(bucket.upper_bound());
        sample(text, name, "_bucket", metric, Some(&bound), bucket.cumulative_count() as f64);
    }
    sample(text, name, "_bucket", metric, Some("+Inf"), count);
    sample(text, name, "_count", metric, None, count);
    sample(text, name, "_sum", metric, None, histogram.get_sample_sum());
}

/// One line; `bound` is a bucket's.
fn sample(text: &mut String, name: &str, suffix: &str, metric: &Metric, bound: Option<&str>, value: f64) {
    text.push_str(name);
    text.push_str(suffix);
    let labels = metric.get_label().iter().map(|label: &LabelPair| (label.name(), escaped(label.value())));
    let bound = bound.map(|bound| ("le", bound.to_owned()));
    for (at, (label, value)) in labels.chain(bound).enumerate() {
        let _ = write!(text, "{}{label}=\"{value}\"", if at == 0 { '{' } else { ',' });
    }
    if text.ends_with('"') {
        text.push('}');
    }
    let _ = writeln!(text, " {value}");
}

/// A bound as the format wants it, the shortest that is a float and nothing else: `1.0`.
fn number(value: f64) -> String {
    format!("{value:?}")
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"")
}
