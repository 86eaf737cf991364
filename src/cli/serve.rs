//! `portcullis serve`: answer who may do what, until told to end.

use std::io;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use clap::Args;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::level_filters::LevelFilter;
use tracing::{error, info, warn};

use super::{Exit, configured};
use crate::bundle::{SystemEvents, Tests, Watch, WatchOptions};
use crate::config::{Config, FILE_VARIABLE, Flags, LogLevel, Tls};
use crate::server::{self, Server};
use crate::service::{Clock, Named, Service, follow};

/// Answer who may do what, until SIGTERM or SIGINT
#[derive(Debug, Args)]
pub struct Arguments {
    /// The configuration file [default: portcullis.yaml, if there is one]
    #[arg(long, value_name = "FILE", env = FILE_VARIABLE)]
    config: Option<PathBuf>,
    /// The directory of policies and facts
    #[arg(long, value_name = "DIR")]
    policies: Option<String>,
    /// Where decisions are asked for, HOST:PORT, `tls:HOST:PORT` or `unix:PATH`; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<String>,
    /// Where health and metrics are asked for
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// How much to log: error, warn, info or debug
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

/// How long the first load may take before we listen and deny. A proxy with another sidecar to ask does better with
/// nobody listening than with denials.
const FIRST_LOAD_MAX: Duration = Duration::from_secs(3);

pub fn serve(arguments: Arguments) -> Exit {
    let flags = Flags {
        policies: arguments.policies,
        listen: arguments.listen,
        admin: arguments.admin,
        log_level: arguments.log_level,
    };
    let inspect = |tls: &Tls| server::inspect(tls, Clock::system().now());
    let config = match configured::read(arguments.config, flags, inspect) {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    log_to_standard_error(config.log_level);
    log_panics();
    let runtime = match runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed("can't start threads", &error),
    };
    let exit = runtime.block_on(run(&config));
    // Nothing that is still under way is waited for: what had to be finished was finished while draining.
    runtime.shutdown_background();
    exit
}

async fn run(config: &Config) -> Exit {
    info!(version = env!("CARGO_PKG_VERSION"), pid = process::id(), "started");
    let service = match Service::new(Clock::system(), config.cache) {
        Ok(service) => Arc::new(service.logging(config.access_log).naming(Named::by(config))),
        Err(error) => return failed("can't start", &error),
    };
    let mut signals = match Signals::new() {
        Ok(signals) => signals,
        Err(error) => return failed("can't listen to signals", &error),
    };
    let (told, first_load) = channel();
    let watch = match watch(config, &service, told) {
        Ok(watch) => watch,
        Err(error) => return failed("can't watch the policies", &error),
    };
    wait_for(first_load).await;
    let server = match Server::start(config, service).await {
        Ok(server) => server,
        Err(error) => return failed("can't start", &error),
    };
    signals.next().await;
    tokio::select! {
        () = server.stop() => {}
        () = signals.next() => warn!("told twice to end: requests under way were cut off"),
    }
    drop(watch);
    Exit::Fine
}

fn watch(config: &Config, service: &Arc<Service>, told: Sender<()>) -> io::Result<Watch> {
    let options = WatchOptions {
        poll: Duration::from_secs(config.poll_seconds),
        events: SystemEvents::On,
        configuration: configured::decisive(config),
        tests: if config.require_tests { Tests::Passing } else { Tests::Readable },
    };
    follow(service, &config.policies, options, told)
}

async fn wait_for(first_load: Receiver<()>) {
    let waited = tokio::task::spawn_blocking(move || first_load.recv_timeout(FIRST_LOAD_MAX).is_ok()).await;
    if !waited.unwrap_or(false) {
        warn!("no policies yet: everything is denied until there are some");
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

fn log_to_standard_error(level: LogLevel) {
    let level = match level {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // Where nobody reads the log any more, a complaint about that would fail as well, by a panic.
    let lines = tracing_subscriber::fmt()
        .log_internal_errors(false)
        .json()
        .flatten_event(true)
        .with_current_span(true);
    // Only the first subscriber of a process counts.
    let _ = lines.with_span_list(false).with_max_level(level).with_writer(io::stderr).try_init();
}

/// A panic is logged by its place alone: its message could hold what a request said.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        error!(place, "a defect of ours: what was under way is denied");
    }));
}

fn failed(what: &str, error: &dyn std::error::Error) -> Exit {
    error!(%error, "{what}");
    Exit::Failed
}
