//! The report that continuous integration reads: the XML of `JUnit`.

use std::fmt::Write as _;

use super::report::{Report, Test, Tested};
use crate::suite::Difference;

pub fn document(report: &Report) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let errors = report.errors.len();
    // To write to a text never fails.
    let _ = writeln!(
        text,
        "<testsuites name=\"portcullis\" tests=\"{}\" failures=\"{}\" errors=\"{errors}\">",
        report.tests() + errors,
        report.failed()
    );
    for file in &report.files {
        suite(file, &mut text);
    }
    if errors > 0 {
        let _ = writeln!(
            text,
            "  <testsuite name=\"load\" tests=\"{errors}\" failures=\"0\" errors=\"{errors}\">"
        );
        for (problem, _) in &report.errors {
            let (code, message) = (problem.code.text(), escaped(&problem.message));
            let _ = writeln!(text, "    <testcase name=\"{code}\" classname=\"load\">");
            let _ = writeln!(text, "      <error message=\"{message}\"/>\n    </testcase>");
        }
        text += "  </testsuite>\n";
    }
    text + "</testsuites>\n"
}

fn suite(file: &Tested, text: &mut String) {
    let name = escaped(&file.name);
    let (tests, failed) = (file.tests.len(), file.failed());
    let _ =
        writeln!(text, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"0\">");
    for test in &file.tests {
        case(test, &name, text);
    }
    *text += "  </testsuite>\n";
}

fn case(test: &Test, file: &str, text: &mut String) {
    let name = escaped(&test.outcome.name);
    let head =
        format!("    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{}\"", test.line);
    if test.outcome.is_good() {
        let _ = writeln!(text, "{head}/>");
        return;
    }
    let different =
        |one: &Difference| format!("{}: expected {}, found {}", one.what, one.expected, one.found);
    let message = test.outcome.differences.iter().map(different).collect::<Vec<_>>().join("; ");
    let (message, details) = (escaped(&message), escaped(&test.details()));
    let _ =
        writeln!(text, "{head}>\n      <failure message=\"{message}\">{details}</failure>\n    </testcase>");
}

/// For texts and attributes. What XML can't hold in any spelling becomes a question mark.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('?'),
            control if control.is_control() => escaped.push('?'),
            other => escaped.push(other),
        }
    }
    escaped
}
