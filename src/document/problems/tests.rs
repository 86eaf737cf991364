//! Bounds on what is kept, and that they change nothing about what was found.

use super::*;

fn error() -> Diagnostic {
    Diagnostic::error(Code::WrongValue, "wrong")
}

fn warning() -> Diagnostic {
    Diagnostic::warning(Code::UnnamedDeny, "unnamed")
}

fn collected(diagnostics: impl IntoIterator<Item = Diagnostic>) -> Problems {
    let mut problems = Problems::default();
    for diagnostic in diagnostics {
        problems.push(diagnostic);
    }
    problems
}

#[test]
fn warnings_without_number_are_no_error_and_nobody_stops_looking() {
    let problems = collected((0..1_000).map(|_| warning()));
    assert_eq!((problems.errors(), problems.is_full()), (0, false));
    let told = problems.into_diagnostics();
    assert_eq!(told.len(), PROBLEMS_MAX + 1);
    assert!(!told.iter().any(Diagnostic::is_error));
    assert_eq!(
        told.last().map(|last| last.message.as_str()),
        Some("there are more warnings than the 100 that are shown")
    );
}

#[test]
fn an_error_after_many_warnings_is_told() {
    let problems = collected((0..1_000).map(|_| warning()).chain([error()]));
    assert_eq!((problems.errors(), problems.is_full()), (1, false));
    let errors: Vec<Diagnostic> =
        problems.into_diagnostics().into_iter().filter(Diagnostic::is_error).collect();
    assert_eq!(errors, [error()]);
}

#[test]
fn notes_are_neither_warnings_nor_errors() {
    let note = || Diagnostic::note(Code::UnnamedDeny, "by the way");
    let problems = collected((0..1_000).map(|_| note()).chain([warning()]));
    assert_eq!((problems.errors(), problems.is_full()), (0, false));
    let told = problems.into_diagnostics();
    assert_eq!(told.len(), PROBLEMS_MAX + 2);
    assert_eq!(told.iter().filter(|one| one.severity == Severity::Warning).count(), 1);
    let more = "there are more notes than the 100 that are shown";
    assert!(told.iter().any(|one| one.severity == Severity::Note && one.message == more));
}

#[test]
fn nothing_is_said_to_be_left_out_that_is_not() {
    let problems = collected((0..PROBLEMS_MAX).flat_map(|_| [error(), warning()]));
    assert!(!problems.is_full());
    assert_eq!(problems.into_diagnostics().len(), 2 * PROBLEMS_MAX);
}

#[test]
fn errors_that_are_left_out_are_counted_and_said() {
    let problems = collected((0..=PROBLEMS_MAX).map(|_| error()));
    assert_eq!((problems.errors(), problems.is_full()), (PROBLEMS_MAX + 1, true));
    let told = problems.into_diagnostics();
    assert_eq!(told.len(), PROBLEMS_MAX + 1);
    assert_eq!(
        told.last().map(|last| last.message.as_str()),
        Some("there are more errors than the 100 that are shown")
    );
}
