//! The stages of a request, named so that tests can let something go wrong in each. Nothing of that is in the program:
//! outside of tests [`Service::fails_at`] is `false`.

use super::Service;

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its head is there.
    Arrive,
    /// Its body is.
    Body,
    Parse,
    /// The World is looked up.
    LookUp,
    Decide,
    /// A decision is looked for in the cache,
    Recall,
    /// and kept there.
    Keep,
    Explain,
    /// There is an answer to give.
    Answer,
}

/// What a test lets happen at a stage: panic, wait, or fail, if it is true.
#[cfg(test)]
pub(crate) type Fault = std::sync::Arc<dyn Fn(Stage) -> bool + Send + Sync>;

/// A service's faults. None of their own can be shown.
#[cfg(test)]
#[derive(Default)]
pub(super) struct Faults(Option<Fault>);

#[cfg(test)]
impl Stage {
    pub(crate) const ALL: [Stage; 9] = [
        Stage::Arrive,
        Stage::Body,
        Stage::Parse,
        Stage::LookUp,
        Stage::Decide,
        Stage::Recall,
        Stage::Keep,
        Stage::Explain,
        Stage::Answer,
    ];
}

#[cfg(test)]
impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faults")
    }
}

impl Service {
    /// A service in which this happens at each stage.
    #[cfg(test)]
    pub(crate) fn with_fault(self, fault: impl Fn(Stage) -> bool + Send + Sync + 'static) -> Service {
        Service { faults: Faults(Some(std::sync::Arc::new(fault))), ..self }
    }

    #[cfg(test)]
    pub(crate) fn fails_at(&self, stage: Stage) -> bool {
        self.faults.0.as_ref().is_some_and(|fault| fault(stage))
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "the same signature as in tests")]
    pub(crate) const fn fails_at(&self, _: Stage) -> bool {
        false
    }
}
