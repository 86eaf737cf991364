//! One made-up case: policy texts, the policy they load to, facts, and a stream of questions.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use portcullis::document::{Source, SourceId, Sources};
use portcullis::engine::Question;
use portcullis::facts::Facts;
use portcullis::language;
use portcullis::language::policy::Policy;
use portcullis::model::Instant;

use super::questions;
use super::rules::package_text;
use super::vocabulary::Package;
use super::world::World;
use super::yaml;

/// A policy set with facts, made from one seed.
pub(super) struct Case {
    pub(super) seed: u64,
    pub(super) texts: Vec<String>,
    pub(super) policy: Arc<Policy>,
    pub(super) facts: Facts,
    world: World,
    instants: Vec<Instant>,
    rng: Rng,
}

/// A generated text that the language refuses.
#[derive(Debug)]
pub(super) struct Rejected {
    pub(super) texts: Vec<String>,
    pub(super) diagnostics: String,
}

impl Case {
    pub(super) fn generate(seed: u64) -> Result<Case, Rejected> {
        let mut rng = Rng::with_seed(seed);
        let count = rng.usize(1..=3);
        let names = ["alpha", "beta", "gamma"];
        let packages = Package::generate(&mut rng, names.split_at(count).0);
        let (mut definitions, mut left) = (Vec::new(), BTreeMap::new());
        let texts: Vec<String> = packages
            .iter()
            .map(|package| {
                let rules = rng.usize(2..24);
                package_text(&mut rng, package, &packages, &mut definitions, &mut left, rules)
            })
            .collect();
        let policy = match load(&texts) {
            Ok(policy) => Arc::new(policy),
            Err(diagnostics) => return Err(Rejected { texts, diagnostics }),
        };
        let moments = questions::moments(&mut rng);
        let mut world = World::generate(&mut rng, packages, moments);
        let from_file = rng.u8(..4) == 0;
        if from_file {
            yaml::tidy(&mut world);
        }
        let mut facts = world.facts();
        if from_file {
            let read = yaml::load(&world, &policy.schema)
                .map_err(|diagnostics| Rejected { texts: texts.clone(), diagnostics })?;
            let difference = yaml::difference(&read, &facts);
            assert_eq!(difference, None, "seed {seed}: the facts file is not what was written");
            facts = read;
        }
        let instants = questions::instants(&world, &policy);
        Ok(Case { seed, texts, policy, facts, world, instants, rng })
    }

    pub(super) fn question(&mut self) -> Question<'static> {
        questions::question(&mut self.rng, &self.world, &self.instants)
    }

    /// Changes some of the facts: what entities are and hold, what they are in, and whether they are there.
    pub(super) fn change(&mut self) {
        let packages = std::mem::take(&mut self.world.packages);
        let other = World::generate(&mut self.rng, packages, self.world.moments.clone());
        let World { packages, mut entities, .. } = other;
        self.world.packages = packages;
        let known: Vec<_> = self.world.entities.keys().chain(entities.keys()).cloned().collect();
        for entity in known {
            if self.rng.u8(..8) == 0 {
                match entities.remove(&entity) {
                    Some(changed) => self.world.entities.insert(entity, changed),
                    None => self.world.entities.remove(&entity),
                };
            }
        }
        self.facts = self.world.facts();
    }

    pub(super) fn describe(&self) -> String {
        let facts: Vec<String> =
            self.world.entities.iter().map(|(entity, known)| format!("{entity:?} {known:?}")).collect();
        format!("{}\nfacts:\n{}", self.texts.join("\n"), facts.join("\n"))
    }
}

/// The policy that these texts are, or what is wrong with them.
pub(super) fn load(texts: &[String]) -> Result<Policy, String> {
    load_files(texts, "policy")
}

/// Loads a policy set of files whose names end so.
pub(super) fn load_files(texts: &[String], extension: &str) -> Result<Policy, String> {
    let mut sources = Sources::default();
    let add = |(number, text): (usize, &String)| {
        sources.add(Source { name: format!("made_up_{number}.{extension}"), text: text.clone() })
    };
    let files: Vec<SourceId> = texts.iter().enumerate().map(add).collect();
    let loaded = language::load(&sources, &files);
    loaded.policy.ok_or_else(|| {
        let errors = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
        let described = errors.map(|error| {
            let place = error.place.as_ref().map(|(span, _)| (sources.position(*span), sources.text(*span)));
            format!("{} {} {place:?}", error.code.text(), error.message)
        });
        described.collect::<Vec<_>>().join("\n")
    })
}
