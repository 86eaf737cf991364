//! Sockets and protocols: AuthZEN, the proxies', and the operators' listener.
//!
//! The HTTP library parses; what it lets through and we don't is refused in front of it by `strict` (HTTP/1) and behind
//! it by `gate` (HTTP/2), and, for original requests, in `original`. Wire formats are private to their files. Whatever goes wrong here denies.

mod admin;
mod authorize;
mod body;
mod caller;
mod client_address;
mod connection;
#[cfg(feature = "sabotage")]
mod credulous;
mod decisions;
mod denial;
mod dialect;
mod evaluation;
mod fetch;
mod flaw;
mod gate;
mod grpc;
mod head;
mod head_timer;
mod http2;
mod json;
mod keys;
mod listen;
mod metadata;
mod original;
mod refusal;
mod reply;
mod settings;
mod shield;
mod slots;
mod stand_in;
mod strict;
mod tls;
mod trace;
mod upstream;
mod who;
mod wire;

#[cfg(test)]
mod tests;

use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until, timeout_at};
use tracing::{info, warn};

use connection::{Phase, Surface};
use listen::Socket;
use settings::Settings;
use slots::Slots;
use tls::{Tls, TlsError};

pub use evaluation::read_question;
pub use fetch::FetcherError;
pub use listen::ListenError;
pub use settings::SettingsError;
pub use tls::inspect;

use crate::config::{Config, Listener};
use crate::service::load::{Meter, SAMPLE_EVERY};
use crate::service::{Service, Tokens};

/// How many connections the operators' listener has, whatever happens on the other.
const ADMIN_CONNECTIONS_MAX: usize = 64;
/// How long callers with idle connections get to learn, by the reply to their next request, that the server goes.
/// A connection closed under a request that is on its way would fail it.
const LINGER_MAX: Duration = Duration::from_secs(1);

/// A running server.
#[derive(Debug)]
pub struct Server {
    decisions: Vec<Listener>,
    admin: Listener,
    context: Arc<Context>,
    phase: watch::Sender<Phase>,
    /// What ends as soon as it drains.
    tasks: Vec<JoinHandle<()>>,
}

/// What keeps a server from starting.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Keys(#[from] FetcherError),
}

/// What every connection shares.
#[derive(Debug)]
struct Context {
    service: Arc<Service>,
    settings: Settings,
    tokens: Tokens,
    /// For large requests: as many are evaluated at once as there are processors.
    turns: Arc<Semaphore>,
    /// There if something speaks TLS.
    tls: Option<Arc<Tls>>,
    draining: AtomicBool,
}

impl Server {
    /// Listens, and answers from then on.
    pub async fn start(config: &Config, service: Arc<Service>) -> Result<Server, StartError> {
        let settings = Settings::new(config)?;
        let tls = config.tls.as_ref().map(|files| Tls::new(files, &service)).transpose()?;
        let (tls, contents) = tls.map(|(tls, contents)| (Arc::new(tls), contents)).unzip();
        let tokens = Tokens::new(config, service.metrics());
        let fetchers = keys::fetchers(config)?;
        let mut sockets = Vec::new();
        for listener in &config.listen {
            sockets.push(Socket::bind(listener, config.socket_mode)?);
        }
        let admin = Socket::bind(&config.admin, config.socket_mode)?;
        let addresses = sockets.iter().map(Socket::address).collect::<Result<Vec<_>, _>>()?;
        let admin_address = admin.address()?;

        let processors = available_parallelism().map_or(1, NonZero::get);
        let context = Arc::new(Context {
            service,
            settings,
            tls,
            tokens,
            turns: Arc::new(Semaphore::new(processors)),
            draining: AtomicBool::new(false),
        });
        let every = Duration::from_secs(config.poll_seconds);
        let (phase, observed) = watch::channel(Phase::Serving);
        let accept = |socket, surface, slots| {
            let (context, phase) = (Arc::clone(&context), observed.clone());
            tokio::spawn(connection::accept(socket, surface, context, phase, slots))
        };
        let admin_slots = Slots::new(ADMIN_CONNECTIONS_MAX, ADMIN_CONNECTIONS_MAX);
        let mut tasks = keys::start(&context, fetchers, every, &observed).await;
        tasks.push(accept(admin, Surface::Admin, admin_slots));
        for socket in sockets {
            let slots = Slots::new(config.connections_max, config.connections_per_peer_max);
            tasks.push(accept(socket, Surface::Decisions, slots));
        }
        if let Some((tls, contents)) = context.tls.clone().zip(contents) {
            tasks.push(tokio::spawn(tls::watch(tls, contents, every, observed.clone())));
        }
        tasks.push(tokio::spawn(measure(Arc::clone(&context), observed)));
        for address in &addresses {
            info!(%address, listener = "decisions", "listening");
        }
        info!(address = %admin_address, listener = "admin", "listening");
        Ok(Server { decisions: addresses, admin: admin_address, context, phase, tasks })
    }

    /// Where decisions are answered, in the order of the configuration, with real ports.
    pub fn decisions(&self) -> &[Listener] {
        &self.decisions
    }

    pub fn admin(&self) -> &Listener {
        &self.admin
    }

    /// Stops accepting, finishes what is under way, and ends, at the latest after the configured time.
    pub async fn stop(self) {
        info!("draining");
        let end = Instant::now() + self.context.settings.drain;
        self.context.draining.store(true, Ordering::Relaxed);
        self.phase.send_replace(Phase::Draining);
        for mut task in self.tasks {
            // Callers who never stop connecting don't hold up the end.
            if timeout_at(end, &mut task).await.is_err() {
                task.abort();
            }
        }
        let linger = end.min(Instant::now() + LINGER_MAX);
        let _ = timeout_at(linger, self.phase.closed()).await;
        self.phase.send_replace(Phase::Closing);
        if timeout_at(end, self.phase.closed()).await.is_err() {
            warn!("connections had to be ended with requests under way");
            self.phase.send_replace(Phase::Ending);
            self.phase.closed().await;
        }
        info!("stopped");
    }
}

/// Measures how long a task that is due waits for a thread, as long as the server runs.
async fn measure(context: Arc<Context>, mut phase: watch::Receiver<Phase>) {
    let mut meter = Meter::default();
    let mut ending = pin!(phase.wait_for(|phase| *phase >= Phase::Draining));
    loop {
        let due = Instant::now() + SAMPLE_EVERY;
        tokio::select! {
            () = sleep_until(due) => meter.sample(due.elapsed(), context.service.load()),
            _ = &mut ending => return,
        }
    }
}

impl Context {
    fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}
