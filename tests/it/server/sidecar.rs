//! A server inside the test, on ports of its own, with a clock that the test sets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use portcullis::config::{self, Config, Flags, Listener, TrustedPeers};
use portcullis::model::{Instant, Networks, network};
use portcullis::server::Server;
use portcullis::service::{Clock, Service, World};
use tokio::runtime::Runtime;

use crate::client::Client;

#[derive(Debug)]
pub struct Sidecar {
    pub service: Arc<Service>,
    clock: Arc<AtomicI64>,
    server: Option<Server>,
    runtime: Runtime,
}

/// The defaults, but on free ports and with nobody trusted but 127.0.0.1 and Unix sockets.
pub fn config() -> Config {
    let any = "127.0.0.1:0".to_owned();
    let flags = Flags { listen: vec![any.clone()], admin: Some(any), ..Flags::default() };
    let config = config::load(None, std::iter::empty(), flags, |_| Vec::new()).expect("a configuration");
    let local = network::parse_network("127.0.0.1").unwrap();
    Config {
        trusted_peers: TrustedPeers { networks: Networks::new(&[local]), unix: true },
        subject_header: "X-User".to_owned(),
        challenge: "Bearer realm=\"test\"".to_owned(),
        ..config
    }
}

impl Sidecar {
    /// With a World and the usual configuration.
    pub fn start(world: World) -> Sidecar {
        let sidecar = Sidecar::with(&config());
        sidecar.service.publish(world);
        sidecar
    }

    /// Without a World.
    pub fn with(config: &Config) -> Sidecar {
        Sidecar::try_with(config).expect("the server should start")
    }

    /// Or what kept it from starting.
    pub fn try_with(config: &Config) -> Result<Sidecar, String> {
        let clock = Arc::new(AtomicI64::new(at("2026-03-02T12:00:00Z").micros()));
        let service = Arc::new(Service::new(Clock::manual(Arc::clone(&clock)), config.cache).unwrap());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let server = runtime.block_on(Server::start(config, Arc::clone(&service)));
        let server = Some(server.map_err(|error| error.to_string())?);
        Ok(Sidecar { service, clock, server, runtime })
    }

    pub fn set_clock(&self, text: &str) {
        self.clock.store(at(text).micros(), Ordering::Relaxed);
    }

    pub fn address(&self) -> SocketAddr {
        tcp(&self.server.as_ref().expect("running").decisions()[0])
    }

    pub fn client(&self) -> Client {
        Client::tcp(self.address())
    }

    pub fn admin(&self) -> Client {
        Client::tcp(self.admin_address())
    }

    pub fn admin_address(&self) -> SocketAddr {
        tcp(self.server.as_ref().expect("running").admin())
    }

    /// The value of one series of `/metrics`, as it is written there.
    pub fn metric(&self, series: &str) -> String {
        let text = self.admin().ask(crate::client::get("/metrics")).body;
        let line =
            text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')));
        let line = line.unwrap_or_else(|| panic!("no `{series}` in:\n{text}"));
        line.rsplit(' ').next().unwrap().to_owned()
    }

    /// Stops it in the background; the receiver hears when it has ended.
    pub fn stop(&mut self) -> tokio::task::JoinHandle<()> {
        self.runtime.spawn(self.server.take().expect("running").stop())
    }

    pub fn wait(&self, task: tokio::task::JoinHandle<()>) {
        self.runtime.block_on(task).unwrap();
    }
}

pub fn at(text: &str) -> Instant {
    Instant::parse(text).expect("an instant")
}

fn tcp(address: &Listener) -> SocketAddr {
    match address {
        Listener::Tcp(address) | Listener::Tls(address) => *address,
        Listener::Unix(path) => panic!("{} is no TCP address", path.display()),
    }
}
