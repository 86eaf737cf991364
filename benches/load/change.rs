//! How long it takes until a policy that has changed decides.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::client::first_answer;
use crate::question::Question;
use crate::servers::Server;
use crate::tls::Files;

const CHANGES: usize = 50;
const POLICY: &str = "hackai.policy";
/// Allows and denies what is asked, in turns.
const CLOSED: &str = "\ndeny data:read named closed_for_now\n";

/// How a new text comes into the place of the old one.
#[derive(Debug, Clone, Copy)]
enum Way {
    Renamed,
    Written,
}

/// Changes one file of the example again and again, and asks until the answer is the new one.
pub fn measure(runtime: &Runtime, directory: &Path, example: &Path, files: &Files, question: &Question) {
    let directory = directory.join("changing");
    let policies = directory.join("policies");
    fs::create_dir_all(&policies).expect("a directory");
    for entry in fs::read_dir(example).expect("the example") {
        let entry = entry.expect("a file");
        // Its tests say that what is asked is allowed.
        if !entry.file_name().to_string_lossy().contains(".tests.") {
            fs::copy(entry.path(), policies.join(entry.file_name())).expect("a copy");
        }
    }
    let open = fs::read_to_string(policies.join(POLICY)).expect("a policy");
    let server = Server::portcullis_on(&policies, &directory, files);
    println!("\nuntil a changed file decides, {CHANGES} changes each");
    for way in [Way::Renamed, Way::Written] {
        let mut took: Vec<Duration> = Vec::new();
        for number in 0..CHANGES {
            let (text, wanted) =
                if number % 2 == 0 { (open.clone() + CLOSED, "false") } else { (open.clone(), "true") };
            let changed = change(&policies, &text, way);
            while !decides(runtime, &server, question, wanted) {}
            took.push(changed.elapsed());
        }
        took.sort_unstable();
        let [median, longest] = [took[CHANGES / 2], took[CHANGES - 1]].map(|took| took.as_secs_f64() * 1e3);
        println!("{way:?}: median {median:.0} ms, at most {longest:.0} ms");
    }
}

/// When the change was done.
fn change(policies: &Path, text: &str, way: Way) -> Instant {
    match way {
        Way::Renamed => {
            let new = policies.join(".new");
            fs::write(&new, text).expect("a file");
            fs::rename(new, policies.join(POLICY)).expect("a new file");
        }
        Way::Written => {
            let mut file = File::create(policies.join(POLICY)).expect("a file");
            file.write_all(text.as_bytes()).expect("room");
            drop(file);
        }
    }
    Instant::now()
}

fn decides(runtime: &Runtime, server: &Server, question: &Question, wanted: &str) -> bool {
    let answer = first_answer(&server.addresses, question);
    let answer = String::from_utf8(runtime.block_on(answer)).expect("an answer in text");
    answer.ends_with(&format!(r#"{{"decision":{wanted}}}"#))
}
