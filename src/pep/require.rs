//! The layer: a request goes on to its handler only if its subject may.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::header::{HeaderValue, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;
use tracing::{debug, warn};

use super::{Pep, Told, Verdict};

const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer");

/// A layer of tower's; made by [`Pep::require`].
#[derive(Clone)]
pub struct Require {
    pep: Pep,
    permission: &'static str,
    /// None if what is asked about is no single resource.
    id: Option<Told<Option<String>>>,
}

/// A service behind a [`Require`].
#[derive(Clone)]
pub struct Guarded<S> {
    require: Require,
    inner: S,
}

impl Require {
    pub(super) fn new(pep: Pep, permission: &'static str) -> Require {
        Require { pep, permission, id: None }
    }

    /// Which resource a request is about. One of which that can't be told is refused with 403.
    #[must_use]
    pub fn on(self, id: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static) -> Require {
        Require { id: Some(Arc::new(id)), ..self }
    }

    /// The status of a request that may not go on; none if it may.
    async fn refusal(&self, head: &Parts) -> Option<StatusCode> {
        let subject = (self.pep.subject)(head).filter(|subject| !subject.is_nobody());
        let Some(subject) = subject else { return Some(StatusCode::UNAUTHORIZED) };
        let id = match &self.id {
            None => None,
            Some(id) => match id(head) {
                Some(id) => Some(id),
                None => return Some(StatusCode::FORBIDDEN),
            },
        };
        let context = (self.pep.context)(head);
        match self.pep.check_with(&subject, self.permission, id.as_deref(), context).await {
            Verdict::Allow => None,
            Verdict::Deny(reason) => {
                debug!(permission = self.permission, reason, "denied");
                Some(StatusCode::FORBIDDEN)
            }
            Verdict::Undecided(problem) => {
                warn!(permission = self.permission, problem, "nobody decided, so it is denied");
                Some(StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }
}

impl<S> Layer<S> for Require {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { require: self.clone(), inner }
    }
}

impl<S, B, R> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: Default,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<R>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that said that it is ready is the one to call.
        let clone = self.inner.clone();
        let mut inner = mem::replace(&mut self.inner, clone);
        let require = self.require.clone();
        Box::pin(async move {
            let (head, body) = request.into_parts();
            match require.refusal(&head).await {
                None => inner.call(Request::from_parts(head, body)).await,
                Some(status) => Ok(refused(status)),
            }
        })
    }
}

fn refused<R: Default>(status: StatusCode) -> Response<R> {
    let mut response = Response::new(R::default());
    *response.status_mut() = status;
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, CHALLENGE);
    }
    response
}
