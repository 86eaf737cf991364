//! What is counted. The only file that names the metrics library.
//!
//! Every label's values are a closed set or the revision: no client can make the series grow. Handles are resolved
//! when the process starts, so that counting on the request path is an atomic addition.

#[cfg(feature = "sabotage")]
mod credulous;
mod identity;
mod openmetrics;
mod tls;

use std::time::Duration;

use prometheus::core::Collector;
use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts,
    Registry, TextEncoder,
};

use identity::IdentityFamilies;
pub use identity::IdentityMetrics;

use super::answer::Cause;
use super::labels::{Certificates, Endpoint, Handshake, Refusal, Reload};
use crate::model::Instant;
use tls::TlsMetrics;

/// How metrics are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// The text format of Prometheus.
    Prometheus,
    OpenMetrics,
}

impl Exposition {
    pub const fn content_type(self) -> &'static str {
        match self {
            Exposition::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
            Exposition::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// The counters of one process.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// In the order of [`Cause::ALL`], as the others in that of their own closed set.
    decisions: Vec<IntCounter>,
    decision_duration: Histogram,
    request_durations: Vec<Histogram>,
    refusals: Vec<IntCounter>,
    reloads: Vec<IntCounter>,
    revision_info: IntGaugeVec,
    revision_age: Gauge,
    wait: Gauge,
    rules: IntGauge,
    panics: IntCounter,
    connections: IntGauge,
    connections_refused: IntCounter,
    cache: CacheMetrics,
    tls: TlsMetrics,
    identity: IdentityFamilies,
}

/// Each decision is a hit, a miss, or bypassed the cache.
#[derive(Debug)]
struct CacheMetrics {
    hits: IntCounter,
    misses: IntCounter,
    bypassed: IntCounter,
    mismatches: IntCounter,
    evictions: IntCounter,
    bytes: IntGauge,
}

#[derive(Debug, thiserror::Error)]
#[error("the metrics can't be set up: {0}")]
pub struct MetricsError(#[from] prometheus::Error);

/// One open connection, counted until it is dropped.
#[derive(Debug)]
pub struct OpenConnection(IntGauge);

/// In microseconds. The decision alone is meant to stay below one.
const DECISION_BUCKETS: [f64; 14] =
    [0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0, 1.5, 2.0, 4.0, 8.0, 20.0, 100.0, 1_000.0];
const REQUEST_BUCKETS: [f64; 22] = [
    1.0,
    2.0,
    3.0,
    5.0,
    7.5,
    10.0,
    15.0,
    20.0,
    30.0,
    50.0,
    75.0,
    100.0,
    150.0,
    250.0,
    500.0,
    1_000.0,
    2_500.0,
    5_000.0,
    10_000.0,
    100_000.0,
    1_000_000.0,
    10_000_000.0,
];

impl Metrics {
    pub fn new() -> Result<Metrics, MetricsError> {
        let registry = Registry::new();
        let all = &registry;
        let decisions = registered(
            all,
            IntCounterVec::new(
                Opts::new("portcullis_decisions_total", "Decisions by outcome and reason."),
                &["outcome", "reason"],
            )?,
        )?;
        let outcome = |cause: &Cause| if cause.is_allow() { "allow" } else { "deny" };
        let decision = |cause: &Cause| decisions.with_label_values(&[outcome(cause), cause.code()]);
        let durations = registered(
            all,
            HistogramVec::new(
                HistogramOpts::new(
                    "portcullis_http_request_duration_seconds",
                    "Time from a request's head to its response.",
                )
                .buckets(seconds(&REQUEST_BUCKETS)),
                &["endpoint"],
            )?,
        )?;
        let refusals = "Requests that got no decision, by reason.";
        let refusals = counters(all, "portcullis_requests_refused_total", refusals, "reason")?;
        let reloads = "Attempts to load policies and facts, by result.";
        let reloads = counters(all, "portcullis_reloads_total", reloads, "result")?;
        Ok(Metrics {
            decisions: Cause::ALL.iter().map(decision).collect(),
            decision_duration: decision_duration(all)?,
            request_durations: Endpoint::ALL.map(|end| durations.with_label_values(&[end.code()])).into(),
            refusals: Refusal::ALL.map(|refusal| refusals.with_label_values(&[refusal.code()])).into(),
            reloads: Reload::ALL.map(|reload| reloads.with_label_values(&[reload.code()])).into(),
            revision_info: revision_info(all)?,
            revision_age: seconds_gauge(
                all,
                "portcullis_revision_age_seconds",
                "Time since the revision that decides was loaded.",
            )?,
            wait: seconds_gauge(
                all,
                "portcullis_wait_seconds",
                "The least time that work waited for a thread in the last tenth of a second.",
            )?,
            rules: gauge(all, "portcullis_rules", "Rules of the revision that decides.")?,
            panics: counter(all, "portcullis_panics_total", "Defects that were turned into denials.")?,
            connections: gauge(all, "portcullis_connections", "Open connections.")?,
            connections_refused: counter(
                all,
                "portcullis_connections_refused_total",
                "Connections closed at once because too many were open.",
            )?,
            cache: CacheMetrics::new(all)?,
            tls: TlsMetrics::new(all)?,
            identity: IdentityFamilies::new(all)?,
            registry,
        })
    }

    pub(super) fn decided(&self, cause: Cause) {
        increment(&self.decisions, cause.number());
    }

    pub(super) fn decided_within(&self, duration: Duration) {
        self.decision_duration.observe(duration.as_secs_f64());
    }

    pub(super) fn cache_hit(&self) {
        self.cache.hits.inc();
    }

    pub(super) fn cache_missed(&self) {
        self.cache.misses.inc();
    }

    pub(super) fn cache_bypassed(&self) {
        self.cache.bypassed.inc();
    }

    pub(super) fn cache_mismatched(&self) {
        self.cache.mismatches.inc();
    }

    /// Counts each time it is called.
    pub(super) fn evictions(&self) -> impl Fn() + Send + Sync + 'static {
        let evictions = self.cache.evictions.clone();
        move || evictions.inc()
    }

    pub(super) fn reloaded(&self, reload: Reload) {
        increment(&self.reloads, reload as usize);
    }

    pub(super) fn panicked(&self) {
        self.panics.inc();
    }

    /// Names the revision that decides from now on, and no other beside it.
    pub(super) fn published(&self, revision: &str, rules: usize) {
        self.revision_info.reset();
        self.revision_info.with_label_values(&[revision]).set(1);
        self.rules.set(i64::try_from(rules).unwrap_or(i64::MAX));
    }

    pub fn refused(&self, refusal: Refusal) {
        increment(&self.refusals, refusal as usize);
    }

    /// The counters for issuers of these names.
    pub(super) fn identity(&self, issuers: &[&str]) -> IdentityMetrics {
        self.identity.of(issuers)
    }

    pub fn served(&self, endpoint: Endpoint, duration: Duration) {
        if let Some(histogram) = self.request_durations.get(endpoint as usize) {
            histogram.observe(duration.as_secs_f64());
        }
    }

    pub fn connection_opened(&self) -> OpenConnection {
        self.connections.inc();
        OpenConnection(self.connections.clone())
    }

    pub fn connection_refused(&self) {
        self.connections_refused.inc();
    }

    pub fn shook_hands(&self, handshake: Handshake) {
        self.tls.shook_hands(handshake);
    }

    pub fn certificates_reloaded(&self, reload: Reload) {
        self.tls.reloaded(reload);
    }

    /// Says when the first of them expires; nothing if there are none.
    pub fn certificates_expire(&self, whose: Certificates, at: Option<Instant>) {
        self.tls.expire(whose, at);
    }

    /// All of it.
    pub(super) fn text(
        &self,
        exposition: Exposition,
        revision_age_seconds: f64,
        wait: Duration,
        cache_bytes: u64,
    ) -> Result<String, MetricsError> {
        self.revision_age.set(revision_age_seconds);
        self.wait.set(wait.as_secs_f64());
        self.cache.bytes.set(i64::try_from(cache_bytes).unwrap_or(i64::MAX));
        let families = self.registry.gather();
        match exposition {
            Exposition::Prometheus => Ok(TextEncoder::new().encode_to_string(&families)?),
            Exposition::OpenMetrics => Ok(openmetrics::text(&families)),
        }
    }
}

impl CacheMetrics {
    fn new(all: &Registry) -> Result<CacheMetrics, MetricsError> {
        let count = |name: &str, help: &str| counter(all, name, help);
        Ok(CacheMetrics {
            hits: count("portcullis_cache_hits_total", "Decisions that the cache had.")?,
            misses: count("portcullis_cache_misses_total", "Decisions that the cache didn't have yet.")?,
            bypassed: count(
                "portcullis_cache_bypassed_total",
                "Decisions that weren't looked for in the cache.",
            )?,
            mismatches: count(
                "portcullis_cache_mismatches_total",
                "Cached decisions that turned out to be wrong when they were made anew.",
            )?,
            evictions: count(
                "portcullis_cache_evictions_total",
                "Cached decisions that made room for others, or found none.",
            )?,
            bytes: gauge(all, "portcullis_cache_bytes", "Memory that cached decisions take.")?,
        })
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn increment(counters: &[IntCounter], number: usize) {
    if let Some(counter) = counters.get(number) {
        counter.inc();
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, MetricsError> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

fn counter(registry: &Registry, name: &str, help: &str) -> Result<IntCounter, MetricsError> {
    registered(registry, IntCounter::new(name, help)?)
}

fn counters(registry: &Registry, name: &str, help: &str, label: &str) -> Result<IntCounterVec, MetricsError> {
    registered(registry, IntCounterVec::new(Opts::new(name, help), &[label])?)
}

fn gauge(registry: &Registry, name: &str, help: &str) -> Result<IntGauge, MetricsError> {
    registered(registry, IntGauge::new(name, help)?)
}

fn decision_duration(registry: &Registry) -> Result<Histogram, MetricsError> {
    let options = HistogramOpts::new("portcullis_decision_duration_seconds", "Time to decide, without HTTP.");
    registered(registry, Histogram::with_opts(options.buckets(seconds(&DECISION_BUCKETS)))?)
}

fn revision_info(registry: &Registry) -> Result<IntGaugeVec, MetricsError> {
    let options = Opts::new("portcullis_revision_info", "The revision that decides, as a label.");
    registered(registry, IntGaugeVec::new(options, &["revision"])?)
}

fn seconds_gauge(registry: &Registry, name: &str, help: &str) -> Result<Gauge, MetricsError> {
    registered(registry, Gauge::new(name, help)?)
}

fn seconds(micros: &[f64]) -> Vec<f64> {
    micros.iter().map(|micros| micros / 1e6).collect()
}
