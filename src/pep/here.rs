//! Deciding in the application's own process.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant as Stopwatch};

use super::{Asked, Verdict};
use crate::bundle::{Configuration, SystemEvents, Tests, Watch, WatchOptions};
use crate::config::Caching;
use crate::engine::{PartyInput, Question, Vouched};
use crate::service::{Clock, Deadline, MetricsError, Service, follow};

const POLL: Duration = Duration::from_secs(2);
/// How long the first load may take before the application is answered denials.
const FIRST_LOAD_MAX: Duration = Duration::from_secs(3);
/// A decision takes microseconds.
const DEADLINE_MS: u64 = 1_000;

pub(super) struct Here {
    service: Arc<Service>,
    /// Ends with this.
    _watch: Watch,
}

/// What keeps policies from being watched.
#[derive(Debug, thiserror::Error)]
pub enum HereError {
    #[error("can't watch the policies: {0}")]
    Watch(#[from] std::io::Error),
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

impl Here {
    pub(super) fn watch(policies: &Path) -> Result<Here, HereError> {
        let service = Arc::new(Service::new(Clock::system(), Caching::default())?);
        let options = WatchOptions {
            poll: POLL,
            events: SystemEvents::On,
            // What proxies say and understand doesn't matter here: the application says it.
            configuration: Configuration { subject_type: String::new(), understood_obligations: Vec::new() },
            tests: Tests::Readable,
        };
        let (told, first_load) = std::sync::mpsc::channel();
        let watch = follow(&service, policies, options, told)?;
        // If it takes longer, what is asked meanwhile is denied.
        let _ = first_load.recv_timeout(FIRST_LOAD_MAX);
        Ok(Here { service, _watch: watch })
    }

    pub(super) fn decide(&self, asked: Asked<'_>) -> Verdict {
        let deadline = Deadline::new(Stopwatch::now(), DEADLINE_MS);
        let snapshot = self.service.snapshot();
        let question = Question {
            subject: Some(PartyInput {
                kind: (&*asked.subject.kind).into(),
                id: Some((&*asked.subject.id).into()),
                properties: Vec::new(),
            }),
            action: asked.action.into(),
            action_properties: Vec::new(),
            resource: PartyInput {
                kind: asked.kind.into(),
                id: asked.id.map(Into::into),
                properties: Vec::new(),
            },
            context: asked.context,
            understands: Vec::new(),
            vouched: Vouched::default(),
            now: snapshot.now,
        };
        let answer = self.service.decide(snapshot.world(), &question, deadline);
        let answer = self.service.give(snapshot.world(), Some(&question), answer, deadline);
        match (&answer.decision, answer.is_allow()) {
            (Some(_), true) => Verdict::Allow,
            (Some(_), false) => Verdict::Deny(answer.cause.code().to_owned()),
            (None, _) => Verdict::Undecided(answer.cause.code().to_owned()),
        }
    }
}
