//! The page of each code: its wrong example raises exactly this code, and the right one raises nothing at all.
//!
//! What stands before the examples belongs to both. A fence `policy`, `facts` or `config` is a file of the usual name, unless a
//! name stands behind it; `sh` is the command, which is `portcullis check --deny-warnings`
//! where there is none.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use portcullis::document::Code;

/// The examples of a page.
struct Page {
    wrong: Vec<Fence>,
    right: Vec<Fence>,
}

/// What stands behind the three backticks, and what they hold.
#[derive(Debug, Clone)]
struct Fence {
    kind: String,
    name: Option<String>,
    text: String,
}

/// Codes that no files and no command alone bring about: the reader has to meet the writer, or a server to reload.
const NOT_TO_BE_SHOWN: [Code; 2] = [Code::Unfinished, Code::TestFailed];

const OTHERWISE: &str =
    "package example\nsubject user\nresource report { actions read }\nrole viewer { report:read }\n";

#[test]
fn every_page_says_what_its_code_means_and_shows_it() {
    let mut complaints: Vec<String> = Vec::new();
    for code in Code::ALL {
        let text = code.page();
        let head = format!("# {}: ", code.text());
        assert!(text.starts_with(&head), "{} starts otherwise", code.text());
        let page = Page::read(text);
        assert!(!page.wrong.is_empty() && !page.right.is_empty(), "{} lacks an example", code.text());
        let (explanation, _) = text.split_once("\nWrong:\n").unwrap();
        let sentences = explanation.lines().skip(1).take_while(|line| !line.starts_with("```"));
        assert!(sentences.map(str::len).sum::<usize>() > 40, "{} explains nothing", code.text());
        if NOT_TO_BE_SHOWN.contains(&code) {
            continue;
        }
        let (wrong, right) = (raised(&page.wrong), raised(&page.right));
        if wrong != BTreeSet::from([code.text().to_owned()]) {
            complaints.push(format!("{}: the wrong example raises {wrong:?}", code.text()));
        }
        if !right.is_empty() {
            complaints.push(format!("{}: the right example raises {right:?}", code.text()));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn no_page_is_of_a_code_that_is_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/codes");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<String> = files.collect();
    let codes = Code::ALL.iter().map(|code| format!("{}.md", code.text())).collect();
    assert_eq!(pages, codes);
}

/// The codes that the files of an example raise.
fn raised(fences: &[Fence]) -> BTreeSet<String> {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("policies")).unwrap();
    if fences.iter().all(|fence| fence.kind != "policy") {
        fs::write(place.path().join("policies/example.policy"), OTHERWISE).unwrap();
    }
    let mut command = "portcullis check --deny-warnings".to_owned();
    for fence in fences {
        let name = fence.name.as_deref();
        let path = match fence.kind.as_str() {
            "policy" => format!("policies/{}", name.unwrap_or("example.policy")),
            "facts" => format!("policies/{}", name.unwrap_or("facts.yaml")),
            "yaml" => format!("policies/{}", name.unwrap_or("example.yaml")),
            "config" => "portcullis.yaml".to_owned(),
            "sh" => {
                command.clone_from(&fence.text);
                continue;
            }
            other => panic!("no example is of kind `{other}`"),
        };
        fs::write(place.path().join(path), &fence.text).unwrap();
    }
    let command = command.replace("portcullis", env!("CARGO_BIN_EXE_portcullis"));
    let ended = Command::new("bash").arg("-c").arg(&command).current_dir(place.path()).output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    let code = |line: &str| {
        let severities = ["error[", "warning[", "note["];
        let rest = severities.iter().find_map(|severity| line.strip_prefix(severity))?;
        Some(rest.split(']').next()?.to_owned())
    };
    let is_note = |line: &str| line.starts_with("note[");
    let is_good = told.lines().all(|line| is_note(line) || code(line).is_none());
    assert_eq!(is_good, ended.status.success(), "{told}");
    told.lines().filter_map(code).collect()
}

impl Page {
    fn read(text: &str) -> Page {
        let (before, rest) = text.split_once("\nWrong:\n").expect("a wrong example");
        let (wrong, right) = rest.split_once("\nRight:\n").expect("a right example");
        let with = |text: &str| [fences(before), fences(text)].concat();
        Page { wrong: with(wrong), right: with(right) }
    }
}

fn fences(text: &str) -> Vec<Fence> {
    let mut fences = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let (kind, name) = match info.split_once(' ') {
            Some((kind, name)) => (kind, Some(name.to_owned())),
            None => (info, None),
        };
        let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n"));
        fences.push(Fence { kind: kind.to_owned(), name, text: text.collect() });
    }
    fences
}
