//! What of an error and its causes is told.

use super::causes;

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("can't ask")]
    Asking(#[source] Box<Failure>),
    #[error("can't connect: {0}")]
    Connecting(#[source] Box<Failure>),
    #[error("nobody listens")]
    Listening,
}

#[test]
fn each_cause_is_told_once() {
    let listening = || Box::new(Failure::Listening);
    assert_eq!(causes(&Failure::Listening), "nobody listens");
    assert_eq!(causes(&Failure::Asking(listening())), "can't ask: nobody listens");
    // Some say their cause themselves.
    assert_eq!(causes(&Failure::Connecting(listening())), "can't connect: nobody listens");
    let nested = Failure::Asking(Box::new(Failure::Connecting(listening())));
    assert_eq!(causes(&nested), "can't ask: can't connect: nobody listens");
}
