//! A policy enforcement point inside an application: one line in front of what has to be decided upon.
//!
//! ```no_run
//! # async fn f() -> Result<(), Box<dyn std::error::Error>> {
//! use portcullis::pep::{Pep, Subject};
//!
//! // Of a sidecar; `Pep::in_process("policies")?` decides here instead.
//! let pep = Pep::remote("http://127.0.0.1:8181")?.subject(|head| {
//!     let user = head.extensions.get::<String>()?;
//!     Some(Subject::new("user", user.clone()))
//! });
//! // Before a handler, as a layer of tower's:
//! let layer = pep.require("workflow:create");
//! // Within one:
//! let verdict = pep.check(&Subject::new("user", "ann"), "workflow:read", Some("wf-1")).await;
//! assert!(verdict.is_allow());
//! # Ok(()) }
//! ```
//!
//! Whatever goes wrong lets nothing through: whoever isn't known gets 401, whoever may not 403, and where no decision can be
//! had in time everybody gets 503. An allow that comes with an obligation is a deny, since nobody here would fulfil it.

mod here;
mod remote;
mod require;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hyper::http::request::Parts;

pub use here::HereError;
pub use remote::RemoteError;
pub use require::{Guarded, Require};

use crate::model::Input;
use here::Here;
use remote::Remote;

/// How long an application waits for a sidecar unless it says otherwise.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where an application asks, and how it knows who is asking it. Cheap to clone.
#[derive(Clone)]
pub struct Pep {
    decides: Decides,
    subject: Told<Option<Subject>>,
    context: Told<Members>,
}

/// What the application makes of a request's head.
type Told<T> = Arc<dyn Fn(&Parts) -> T + Send + Sync>;

/// What a request says of itself: attributes of the policy's `context`.
pub type Members = Vec<(Cow<'static, str>, Input<'static>)>;

/// Who asks: a type that the policies declare, and an id. An empty one is nobody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    pub kind: Cow<'static, str>,
    pub id: Cow<'static, str>,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Allow,
    /// With the reason's code.
    Deny(String),
    /// Nobody decided, for a reason that operators want to know.
    Undecided(String),
}

#[derive(Clone)]
enum Decides {
    Here(Arc<Here>),
    There(Arc<Remote>),
}

/// May this subject do this, to this?
struct Asked<'a> {
    subject: &'a Subject,
    kind: &'a str,
    action: &'a str,
    id: Option<&'a str>,
    context: Members,
}

impl Subject {
    pub fn new(kind: impl Into<Cow<'static, str>>, id: impl Into<Cow<'static, str>>) -> Subject {
        Subject { kind: kind.into(), id: id.into() }
    }

    /// Whether it names nobody.
    fn is_nobody(&self) -> bool {
        self.id.is_empty()
    }
}

impl Verdict {
    pub fn is_allow(&self) -> bool {
        *self == Verdict::Allow
    }
}

impl Pep {
    /// Decides in this process, by a directory of policies and facts that is watched. Nothing but a mistake in how it is
    /// called keeps it from starting: until there is a good policy everything is denied.
    pub fn in_process(policies: impl AsRef<Path>) -> Result<Pep, HereError> {
        Ok(Pep::by(Decides::Here(Arc::new(Here::watch(policies.as_ref())?))))
    }

    /// Asks a sidecar, by AuthZEN: `http://127.0.0.1:8181`. What leaves this machine should be asked of a sidecar on it.
    pub fn remote(url: &str) -> Result<Pep, RemoteError> {
        Ok(Pep::by(Decides::There(Arc::new(Remote::new(url, PATIENCE)?))))
    }

    fn by(decides: Decides) -> Pep {
        Pep { decides, subject: Arc::new(|_| None), context: Arc::new(|_| Members::new()) }
    }

    /// How it is known who sent a request. Until this is said nobody is known, and everybody gets 401.
    #[must_use]
    pub fn subject(self, subject: impl Fn(&Parts) -> Option<Subject> + Send + Sync + 'static) -> Pep {
        Pep { subject: Arc::new(subject), ..self }
    }

    /// What the policies may read of a request as `context`.
    #[must_use]
    pub fn context(self, context: impl Fn(&Parts) -> Members + Send + Sync + 'static) -> Pep {
        Pep { context: Arc::new(context), ..self }
    }

    /// How long a sidecar may take.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Pep {
        let decides = match self.decides {
            Decides::There(remote) => Decides::There(Arc::new(remote.with_patience(patience))),
            here @ Decides::Here(_) => here,
        };
        Pep { decides, ..self }
    }

    /// Sends this with each question to the sidecar, as `Authorization: Bearer`.
    pub fn bearer(self, credential: &str) -> Result<Pep, RemoteError> {
        let decides = match self.decides {
            Decides::There(remote) => Decides::There(Arc::new(remote.with_bearer(credential)?)),
            here @ Decides::Here(_) => here,
        };
        Ok(Pep { decides, ..self })
    }

    /// A layer that lets a request through if its subject may do this: `type:action`.
    pub fn require(&self, permission: &'static str) -> Require {
        Require::new(self.clone(), permission)
    }

    /// Asks; `permission` is `type:action`, `id` that of the resource, if it is about one.
    pub async fn check(&self, subject: &Subject, permission: &str, id: Option<&str>) -> Verdict {
        self.check_with(subject, permission, id, Members::new()).await
    }

    /// As [`Pep::check`], with a context.
    pub async fn check_with(
        &self,
        subject: &Subject,
        permission: &str,
        id: Option<&str>,
        context: Members,
    ) -> Verdict {
        let Some((kind, action)) =
            permission.split_once(':').filter(|(kind, action)| !kind.is_empty() && !action.is_empty())
        else {
            return Verdict::Undecided(format!(
                "`{permission}` is no permission: it has to be `type:action`"
            ));
        };
        // It would be somebody whom rules about signed-in users let in, and is most likely a header that wasn't there.
        if subject.is_nobody() {
            return Verdict::Undecided("the subject has no id".to_owned());
        }
        let asked = Asked { subject, kind, action, id, context };
        match &self.decides {
            Decides::Here(here) => here.decide(asked),
            Decides::There(remote) => remote.ask(asked).await,
        }
    }
}
