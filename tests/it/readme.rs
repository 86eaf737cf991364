//! What the README prints is what happens: its commands are run as they stand, on the shipped files, and their answers
//! compared. Only ports are other ones, and `cargo run --release --` is the binary that is built already.

mod tour;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis::document::{Source, Sources};
use portcullis::language;

use crate::examples::SYSTEMS;
use crate::process::{Served, free_ports};

/// A fenced block: the word behind the fence, and what it holds.
#[derive(Debug)]
struct Block {
    kind: String,
    text: String,
}

/// A command of a block, and what the README says that it prints; nothing if it says nothing.
#[derive(Debug, PartialEq)]
struct Line {
    command: String,
    prints: String,
}

const CARGO: &str = "cargo run --release --";

#[test]
fn its_commands_print_what_it_says() {
    let text = tour::left_out(&readme());
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("policies")).unwrap();
    for name in ["docs.policy", "facts.yaml", "docs.tests.yaml"] {
        fs::copy(root().join("policies").join(name), dir.path().join("policies").join(name)).unwrap();
    }
    let sidecar = Served::start(&dir.path().join("policies"), &[]);
    sidecar.wait_until_ready();
    let (port, admin) = (sidecar.decisions.port(), sidecar.admin.port());
    let mut lines = 0;
    for block in blocks(&text).iter().filter(|block| block.kind == "sh") {
        for line in prompts(&block.text) {
            let command =
                line.command.replace(":8181", &format!(":{port}")).replace(":8182", &format!(":{admin}"));
            assert_eq!(run(dir.path(), &command), line.prints, "{}", line.command);
            lines += 1;
        }
    }
    assert!(lines >= 4, "the README's commands were not found");
}

/// The two commands that it begins with are not run here: this test is part of one, and the other is what the test
/// above asks.
#[test]
fn its_first_commands_exist() {
    let text = readme();
    let all = blocks(&text);
    assert_eq!(all[0].text, format!("{CARGO} serve\ntests/run\n"));
    for script in ["tests/run", ".ci/run", "examples/hackai/run.sh"] {
        let checked = Command::new("bash").arg("-n").arg(root().join(script)).status().unwrap();
        assert!(checked.success(), "{script} is not a script");
        let executed = Command::new("test").arg("-x").arg(root().join(script)).status().unwrap();
        assert!(executed.success(), "{script} is not executable");
    }
}

#[test]
fn its_policy_loads() {
    let text = tour::left_out(&readme());
    let policies: Vec<Block> = blocks(&text).into_iter().filter(|block| block.kind == "policy").collect();
    assert_eq!(policies.len(), 1);
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "README.md".to_owned(), text: policies[0].text.clone() });
    let loaded = language::load(&sources, &[id]);
    assert!(loaded.policy.is_some(), "{:?}", loaded.diagnostics);
    let shipped = fs::read_to_string(root().join("policies/docs.policy")).unwrap();
    let lines: BTreeSet<String> = shipped.lines().map(spaced).collect();
    for line in policies[0].text.lines().filter(|line| !line.is_empty()) {
        assert!(lines.contains(&spaced(line)), "`{line}` is not in policies/docs.policy");
    }
}

/// It is an excerpt of the starter set's twin, which is the same policy.
#[test]
fn its_yaml_loads() {
    let text = readme();
    let block = blocks(&text).into_iter().find(|block| block.kind == "yaml").unwrap();
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "README.yaml".to_owned(), text: block.text.clone() });
    let loaded = language::load(&sources, &[id]);
    assert!(loaded.policy.is_some(), "{:?}", loaded.diagnostics);
    let twin = fs::read_to_string(root().join("tests/cases/forms/docs.yaml")).unwrap();
    for line in block.text.lines() {
        assert!(twin.lines().any(|other| other == line), "`{line}` is not in the twin");
    }
}

/// It is an excerpt of the starter set's tests.
#[test]
fn its_tests_are_those_that_are_run() {
    let text = readme();
    let block = blocks(&text).into_iter().find(|block| block.text.contains("\ntables:\n")).unwrap();
    let tests = fs::read_to_string(root().join("policies/docs.tests.yaml")).unwrap();
    for line in block.text.lines() {
        assert!(tests.lines().any(|other| other == line), "`{line}` is not in policies/docs.tests.yaml");
    }
}

/// nginx reads it, and each of its lines about Portcullis is one that the tested configuration has.
#[test]
fn its_nginx_lines_are_the_tested_ones() {
    let text = readme();
    let tested = fs::read_to_string(root().join("examples/hackai/nginx.conf")).unwrap();
    let tested: BTreeSet<String> = tested.lines().map(spaced).collect();
    let nginx = blocks(&text).into_iter().find(|block| block.kind == "nginx").unwrap();
    for line in nginx.text.lines().map(spaced).filter(|line| line.starts_with("proxy_set_header")) {
        assert!(tested.contains(&line), "`{line}` is not in examples/hackai/nginx.conf");
    }
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("tmp")).unwrap();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path tmp/{kind};"));
    let config = format!(
        "pid nginx.pid; error_log error.log; events {{}} http {{ access_log off; {} server {{ listen 127.0.0.1:{}; {} }} }}",
        temporary.join(" "),
        free_ports::<1>()[0],
        nginx.text
    );
    fs::write(dir.path().join("nginx.conf"), config).unwrap();
    let mut command = Command::new("nginx");
    command.env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()));
    command.arg("-t").arg("-p").arg(dir.path()).arg("-c").arg(dir.path().join("nginx.conf"));
    let output = command.output().expect("apt-get install --no-install-recommends nginx-light");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn its_dependencies_are_those_of_the_manifest() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let section = |name: &str| {
        let lines = manifest
            .lines()
            .skip_while(|line| *line != name)
            .skip(1)
            .take_while(|line| !line.starts_with('['));
        lines.filter_map(|line| Some(line.split_once(" = ")?.0.to_owned())).collect::<Vec<_>>()
    };
    let text = readme();
    for name in [section("[dependencies]"), section("[dev-dependencies]")].concat() {
        assert!(text.contains(&format!("`{name}`")), "the README doesn't say why {name} is there");
    }
    let version = portcullis::model::zone::database_version();
    assert!(text.contains(version), "the zones are those of {version}");
}

#[test]
fn its_links_lead_somewhere() {
    let systems = ["hackai"].into_iter().chain(SYSTEMS.map(|(folder, ..)| folder));
    let names = systems.map(|folder| format!("examples/{folder}/README.md"));
    for name in names.chain(["README.md".to_owned()]) {
        let path = root().join(&name);
        let text = fs::read_to_string(&path).unwrap();
        let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.contains("://")) {
            assert!(path.parent().unwrap().join(target).exists(), "{name}: {target} does not exist");
        }
    }
}

#[test]
fn prompts_are_read_with_what_they_print() {
    let read = prompts("$ one -d '{\n  two}'\nprinted\nmore\n$ three \\\n  four\n");
    let line = |command: &str, prints: &str| Line { command: command.to_owned(), prints: prints.to_owned() };
    assert_eq!(read, [line("one -d '{\n  two}'", "printed\nmore\n"), line("three \\\n  four", "")]);
}

/// What a command prints, on both of its outputs; a line's end is added where it has none, as a terminal's reader sees it.
fn run(dir: &Path, command: &str) -> String {
    let command = command.replace(CARGO, env!("CARGO_BIN_EXE_portcullis"));
    let output =
        Command::new("bash").arg("-c").arg(format!("{command} 2>&1")).current_dir(dir).output().unwrap();
    let mut printed = String::from_utf8(output.stdout).unwrap();
    if !printed.is_empty() && !printed.ends_with('\n') {
        printed.push('\n');
    }
    printed
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else { continue };
        let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n"));
        blocks.push(Block { kind: kind.to_owned(), text: text.collect() });
    }
    blocks
}

/// The lines after a `$`: the command goes on after a `\` and until its quotes are closed, and then comes what it prints.
fn prompts(text: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ").filter(|_| !open) {
            lines.push(Line { command: command.to_owned(), prints: String::new() });
        } else if let Some(last) = lines.last_mut() {
            if open {
                last.command += "\n";
                last.command += line;
            } else {
                last.prints += line;
                last.prints += "\n";
            }
        }
        open = lines.last().is_some_and(|last| {
            last.prints.is_empty()
                && (last.command.ends_with('\\') || last.command.matches('\'').count() % 2 == 1)
        });
    }
    lines
}

fn spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
