//! A series for whatever a client writes, if the guard against it is out.

use std::sync::OnceLock;

use prometheus::{IntCounterVec, Opts};

use super::{Metrics, registered};

impl Metrics {
    pub fn asked(&self, words: &str) {
        static ASKED: OnceLock<Option<IntCounterVec>> = OnceLock::new();
        let asked = ASKED.get_or_init(|| {
            let options = Opts::new("portcullis_asked_total", "Requests by their words.");
            registered(&self.registry, IntCounterVec::new(options, &["words"]).ok()?).ok()
        });
        if let Some(asked) = asked {
            asked.with_label_values(&[words]).inc();
        }
    }
}
