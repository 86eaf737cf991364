//! A directory of policies and facts whose good revisions are published as they come.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use tracing::{error, info, warn};

use super::{Service, World};
use crate::bundle::{self, Bundle, LoadError, Watch, WatchOptions};
use crate::document::{Diagnostic, Severity, render};

/// Publishes what is loaded now and whenever the directory changes, and tells when a load is over.
pub fn follow(
    service: &Arc<Service>,
    directory: &Path,
    options: WatchOptions,
    told: Sender<()>,
) -> io::Result<Watch> {
    let service = Arc::clone(service);
    bundle::watch(directory, options, move |loaded| {
        match loaded {
            Ok(bundle) => publish(&service, bundle),
            Err(error) => report(&service, &error),
        }
        // Only the first one is waited for.
        let _ = told.send(());
    })
}

fn publish(service: &Service, bundle: Bundle) {
    let revision = bundle.revision.to_string();
    // Notes are for whoever writes policies, not for whoever reads logs.
    let warnings: Vec<Diagnostic> =
        bundle.warnings.iter().filter(|one| one.severity != Severity::Note).cloned().collect();
    let (rules, facts) = (bundle.engine.policy().rules.len(), bundle.facts_revision.number);
    let unknown = service.named.unknown(&bundle.engine);
    service.publish(World::new(bundle.engine, bundle.facts, &revision, service.now()));
    if !warnings.is_empty() {
        let diagnostics = render::plain(&warnings, &bundle.sources);
        warn!(revision, diagnostics, "loaded with warnings");
    }
    for problem in unknown {
        warn!(revision, problem, "the configuration names what the policies don't have");
    }
    info!(revision, rules, facts, "loaded");
}

fn report(service: &Service, error: &LoadError) {
    let diagnostics = render::plain(&error.diagnostics, &error.sources);
    // Whoever reads the log may ask for the readiness at once, and has to find there what the log says.
    service.load_failed(diagnostics.clone());
    if service.snapshot().world().is_some() {
        error!(diagnostics, "not loaded: the last good revision stays");
    } else {
        error!(diagnostics, "not loaded: everything is denied until this is mended");
    }
}
