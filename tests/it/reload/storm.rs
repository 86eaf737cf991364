//! A thousand reloads while requests pour in: each answer is right for the revision it names, and none fails.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use portcullis::bundle::{self, Bundle, SystemEvents, Tests, WatchOptions};
use portcullis::engine::reference;
use portcullis::server::read_question;
use portcullis::service::{Service, World};

use super::{SOON, configuration, replace};
use crate::client::evaluation;
use crate::server::sidecar::{Sidecar, at};

/// Reloads through the watch, each by a rename of two files.
const WATCHED: usize = 60;
/// Reloads as fast as they go.
const STORMED: usize = 1_000;
const CLIENTS: usize = 3;

/// Policies that differ in who may do what: the rule of variant n is about orders of size n and more.
fn policy(variant: usize) -> String {
    format!(
        "package shop\nsubject user {{ level: int }}\nresource orders {{ size: int  actions read, close }}\n\
         role clerk {{ orders:read }}\nrole chief : clerk {{ orders:close }}\n\
         allow orders:close named by_level when subject.level >= {variant} and resource.size <= {variant}\n\
         deny orders:read named too_large when resource.size > {}\n",
        2 * variant
    )
}

/// Facts that differ in who is a chief.
fn facts(variant: usize) -> String {
    let role = ["clerk", "chief"][variant % 2];
    format!(
        "package: shop\nsubjects:\n  user:\n    alice:\n      level: 2\n      roles:\n        \
         - {{ role: {role}, scope: /, granted_by: root, reason: storm }}\n    bob: {{ level: {variant} }}\n"
    )
}

const VARIANTS: usize = 4;

/// Renames a variant into place: first the facts, then the policy, as two edits that are seen as they come.
fn put(place: &Path, variant: usize) {
    replace(&place.join("facts.yaml"), &facts(variant));
    replace(&place.join("shop.policy"), &policy(variant));
}

fn questions() -> Vec<String> {
    let mut bodies = Vec::new();
    for user in ["alice", "bob"] {
        for action in ["read", "close"] {
            for size in 0..6 {
                bodies.push(format!(
                    r#"{{"subject":{{"type":"user","id":"{user}"}},"action":{{"name":"{action}"}},"resource":{{"type":"orders","id":"o","properties":{{"size":{size}}}}}}}"#
                ));
            }
        }
    }
    bodies
}

/// What a naive evaluation of these very policies and facts answers to each question.
fn expected(bundle: &Bundle, questions: &[String]) -> Vec<bool> {
    let answer = |body: &String| {
        let question = read_question(body.as_bytes(), at("2026-03-02T12:00:00Z")).unwrap();
        reference::decide(bundle.engine.policy(), &bundle.facts, &question).is_allow()
    };
    questions.iter().map(answer).collect()
}

/// Which answers are right for which revision; written before the revision is published.
type Known = Arc<Mutex<HashMap<String, Vec<bool>>>>;

/// Publishes under a name that tells facts apart too.
fn publish(service: &Service, known: &Known, questions: &[String], bundle: Bundle) {
    let digest = bundle.facts_revision.digest;
    let name = format!("{}-{:02x}{:02x}", bundle.revision, digest[0], digest[1]);
    known.lock().unwrap().entry(name.clone()).or_insert_with(|| expected(&bundle, questions));
    service.publish(World::new(bundle.engine, bundle.facts, &name, service.now()));
}

/// Asks until told to stop, and counts the answers. Wrong ones, and requests that fail, end the thread.
fn ask(sidecar: &Sidecar, questions: &[String], known: &Known, stop: &AtomicBool) -> usize {
    let mut client = sidecar.client();
    let mut asked = 0;
    while !stop.load(Ordering::Relaxed) {
        for (number, body) in questions.iter().enumerate() {
            let response = client.ask(evaluation(body));
            assert_eq!(response.status, 200, "{response:?}");
            let revision = response.header("portcullis-revision").expect("a revision");
            let right = known.lock().unwrap().get(revision).expect("a published revision")[number];
            let wanted = format!("{{\"decision\":{right}}}");
            assert_eq!(response.body, wanted, "{body} at {revision}");
            asked += 1;
        }
    }
    asked
}

#[test]
fn every_answer_is_right_for_its_revision_and_no_request_fails() {
    let place = tempfile::tempdir().unwrap();
    put(place.path(), 0);
    let questions = questions();
    let known = Known::default();
    let first = bundle::load(place.path(), &configuration()).unwrap();
    let sidecar = Sidecar::with(&crate::server::sidecar::config());
    publish(&sidecar.service, &known, &questions, first);
    let stop = AtomicBool::new(false);
    let asked: usize = thread::scope(|scope| {
        let clients: Vec<_> =
            (0..CLIENTS).map(|_| scope.spawn(|| ask(&sidecar, &questions, &known, &stop))).collect();
        watched_reloads(place.path(), &sidecar, &known, &questions);
        for reload in 0..STORMED {
            put(place.path(), reload % VARIANTS);
            publish(
                &sidecar.service,
                &known,
                &questions,
                bundle::load(place.path(), &configuration()).unwrap(),
            );
        }
        stop.store(true, Ordering::Relaxed);
        clients.into_iter().map(|client| client.join().expect("no request failed")).sum()
    });
    // The test means something only if the policies differ and were in force while somebody asked.
    let known = known.lock().unwrap();
    let mut answers: Vec<&Vec<bool>> = known.values().collect();
    answers.sort();
    answers.dedup();
    assert!(answers.len() >= VARIANTS, "{} ways to answer", answers.len());
    assert!(asked >= STORMED, "{asked} answers");
}

/// Reloads as in production: files are renamed, the watch notices, the bundle is published.
fn watched_reloads(place: &Path, sidecar: &Sidecar, known: &Known, questions: &[String]) {
    let (told, published) = channel();
    let (service, known, questions) = (Arc::clone(&sidecar.service), Arc::clone(known), questions.to_vec());
    let options = WatchOptions {
        poll: Duration::from_secs(600),
        events: SystemEvents::On,
        configuration: configuration(),
        tests: Tests::Readable,
    };
    let watch = bundle::watch(place, options, move |loaded| {
        publish(&service, &known, &questions, loaded.unwrap_or_else(|error| panic!("{error}")));
        let _ = told.send(());
    })
    .unwrap();
    published.recv_timeout(SOON).expect("the first load");
    for reload in 1..=WATCHED {
        put(place, reload % VARIANTS);
        published.recv_timeout(SOON).expect("a reload");
        // The two renames may be seen one by one.
        while published.recv_timeout(Duration::from_millis(30)).is_ok() {}
    }
    drop(watch);
}
