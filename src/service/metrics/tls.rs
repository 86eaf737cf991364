//! What is counted of TLS.

use prometheus::{IntCounter, IntGaugeVec, Opts, Registry};

use super::super::labels::{Certificates, Handshake, Reload};
use super::{MetricsError, counters, increment, registered};
use crate::model::Instant;

#[derive(Debug)]
pub(super) struct TlsMetrics {
    handshakes: Vec<IntCounter>,
    reloads: Vec<IntCounter>,
    expiry: IntGaugeVec,
}

impl TlsMetrics {
    pub(super) fn new(all: &Registry) -> Result<TlsMetrics, MetricsError> {
        let handshakes = "TLS handshakes by how they ended.";
        let handshakes = counters(all, "portcullis_tls_handshakes_total", handshakes, "result")?;
        let reloads = "Changes of the certificate files, by whether they were taken over.";
        let reloads = counters(all, "portcullis_tls_reloads_total", reloads, "result")?;
        let expiry = Opts::new(
            "portcullis_tls_certificate_expiry_timestamp_seconds",
            "When the first of the certificates in use expires.",
        );
        Ok(TlsMetrics {
            handshakes: Handshake::ALL.map(|end| handshakes.with_label_values(&[end.code()])).into(),
            reloads: Reload::ALL.map(|reload| reloads.with_label_values(&[reload.code()])).into(),
            expiry: registered(all, IntGaugeVec::new(expiry, &["certificate"])?)?,
        })
    }

    pub(super) fn shook_hands(&self, handshake: Handshake) {
        increment(&self.handshakes, handshake as usize);
    }

    pub(super) fn reloaded(&self, reload: Reload) {
        increment(&self.reloads, reload as usize);
    }

    pub(super) fn expire(&self, whose: Certificates, at: Option<Instant>) {
        if let Some(at) = at {
            self.expiry.with_label_values(&[whose.code()]).set(at.seconds());
        }
    }
}
