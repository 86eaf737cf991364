//! Looking at the files again and again: they are renewed while the process runs.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info};

use super::super::connection::{Phase, reached};
use super::Tls;
use super::files::Contents;

/// Shows new connections what is in the files, from at most so long after they change. Connections that are open stay.
pub(in crate::server) async fn watch(
    tls: Arc<Tls>,
    first: Contents,
    every: Duration,
    phase: watch::Receiver<Phase>,
) {
    let mut seen = (first.digest(), false);
    drop(first);
    let mut draining = pin!(reached(phase, Phase::Draining));
    loop {
        tokio::select! {
            () = sleep(every) => {}
            () = &mut draining => return,
        }
        let tls = Arc::clone(&tls);
        // A disk may take its time. What goes wrong here leaves what is shown as it is.
        if let Ok(now_seen) = spawn_blocking(move || look(&tls, seen)).await {
            seen = now_seen;
        }
    }
}

/// Each content is tried once, and once more when part of it has expired, so that a mistake is told once.
pub(super) fn look(tls: &Tls, seen: ([u8; 32], bool)) -> ([u8; 32], bool) {
    let contents = Contents::read(&tls.files);
    let now_seen = (contents.digest(), tls.is_stale());
    if now_seen == seen || (now_seen.0 == seen.0 && !now_seen.1) {
        return now_seen;
    }
    match tls.renew(&contents) {
        Ok(()) => info!("new certificates are shown from now on"),
        Err(problems) => {
            let problems = super::told(&problems);
            error!(problems, "certificates not loaded: the last good ones stay");
        }
    }
    now_seen
}
