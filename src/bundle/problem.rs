//! What can be wrong with a policy directory, in words.

use std::fs::FileType;
use std::io;
use std::os::unix::fs::FileTypeExt;

use super::file::is_nearly_tests;
use crate::document::{Code, Diagnostic};
use crate::model::limits::{BUNDLE_BYTES_MAX, BUNDLE_DEPTH_MAX, BUNDLE_ENTRIES_MAX, BUNDLE_FILES_MAX};

const MEBIBYTE: usize = 1024 * 1024;

pub fn unreadable(label: &str, error: &io::Error) -> Diagnostic {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        // Not `_ =>` on an enum of ours: the system has more reasons than are worth a sentence each.
        _ => error.to_string(),
    };
    Diagnostic::error(Code::Unreadable, format!("can't read `{label}`: {why}"))
}

pub fn no_directory(label: &str, error: &io::Error) -> Diagnostic {
    let problem = unreadable(label, error);
    if error.kind() == io::ErrorKind::NotFound {
        problem.help("name the directory that holds the policy files")
    } else {
        problem
    }
}

pub fn not_a_directory(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Unreadable, format!("`{label}` is not a directory"))
        .help("name the directory that holds the policy files")
}

pub fn not_regular(label: &str, found: FileType) -> Diagnostic {
    let what = if found.is_dir() {
        "a directory"
    } else if found.is_fifo() {
        "a FIFO"
    } else if found.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Diagnostic::error(Code::Unreadable, format!("`{label}` is {what}, where a regular file is expected"))
}

pub fn dangling(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Unreadable, format!("`{label}` is a symbolic link to nothing"))
}

pub fn link_loop(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Unreadable, format!("`{label}` is a symbolic link that leads back to itself"))
}

pub fn not_utf8(label: &str, at: usize) -> Diagnostic {
    Diagnostic::error(Code::Syntax, format!("`{label}` is not UTF-8 text, from byte {at} on"))
        .help("save the file as UTF-8")
}

pub fn name_not_utf8(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Misnamed, format!("the name of `{label}` is not UTF-8"))
}

pub fn too_large(label: &str, bytes_max: usize) -> Diagnostic {
    let limit = bytes_max / MEBIBYTE;
    Diagnostic::error(Code::TooLarge, format!("`{label}` is larger than {limit} MiB"))
        .help("spread it over several files")
}

pub fn directory_too_large(label: &str) -> Diagnostic {
    let limit = BUNDLE_BYTES_MAX / MEBIBYTE;
    Diagnostic::error(Code::TooLarge, format!("the files of `{label}` are together larger than {limit} MiB"))
}

pub fn too_many_files(label: &str) -> Diagnostic {
    Diagnostic::error(
        Code::TooLarge,
        format!("`{label}` holds more than {BUNDLE_FILES_MAX} policy and facts files"),
    )
}

pub fn too_many_entries(label: &str) -> Diagnostic {
    Diagnostic::error(Code::TooLarge, format!("`{label}` holds more than {BUNDLE_ENTRIES_MAX} names"))
        .help("keep policies in a directory of their own")
}

pub fn too_deep(label: &str) -> Diagnostic {
    Diagnostic::error(
        Code::TooLarge,
        format!("`{label}` lies more than {BUNDLE_DEPTH_MAX} directories below the policy directory"),
    )
}

/// A `.yml`, a `Facts.yaml`, a `docs_test.yaml`, a `bundle.yaml` below the top, a `.Policy`.
pub fn misnamed(label: &str) -> Diagnostic {
    let problem =
        Diagnostic::error(Code::Misnamed, format!("`{label}` is neither a policy nor a facts file"));
    let lower = label.to_lowercase();
    if is_nearly_tests(lower.rsplit('/').next().unwrap_or_default()) {
        problem.help("files of tests are called `tests.yaml` or `*.tests.yaml`; if it is a policy, give it another name")
    } else if lower.ends_with("facts.yaml") || lower.ends_with("facts.yml") {
        problem.help("facts files are called `facts.yaml` or `*.facts.yaml`")
    } else if lower.ends_with("bundle.yaml") || lower.ends_with("bundle.yml") {
        problem.help("the list of a directory's files is its `bundle.yaml`, and stands at the top of it")
    } else {
        problem.help("policy files end in `.policy` or `.yaml`, in lower case")
    }
}

pub fn restless(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Unfinished, format!("`{label}` keeps changing while it is read"))
}

pub fn unfinished(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Unfinished, format!("`{label}` was written to, but its writer has not closed it"))
        .help("its last content stays in force until then: half a policy lacks its last denies")
}

/// Of a file that `bundle.yaml` lists.
pub fn not_there(name: &str) -> Diagnostic {
    listing(format!("`{name}` is listed, but is not there"))
}

pub fn not_as_listed(label: &str) -> Diagnostic {
    listing(format!("`{label}` is not the file that is listed"))
}

pub fn not_listed(label: &str, manifest: &str) -> Diagnostic {
    listing(format!("`{label}` is not listed in `{manifest}`"))
}

fn listing(message: String) -> Diagnostic {
    Diagnostic::error(Code::NotAsListed, message)
        .help("if the files are right, list them anew with `portcullis check --write-bundle`")
}

pub fn lone_manifest(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Misnamed, format!("`{label}` lists the files of its directory"))
        .help("name the directory instead of its files")
}

pub fn no_policy_file(label: &str) -> Diagnostic {
    Diagnostic::error(Code::NoPolicy, format!("there is no policy file in `{label}`"))
        .help("policy files end in `.policy` or `.yaml`")
}

pub fn no_tests_file(label: &str) -> Diagnostic {
    Diagnostic::error(Code::Misnamed, format!("`{label}` is no file of tests"))
        .help("files of tests are called `tests.yaml` or `*.tests.yaml`")
}

/// What a full disk, a crash or a slow writer leaves of a file: nothing, or only the comments at its head.
pub fn blank(label: &str, text: &str, otherwise: &str) -> Diagnostic {
    let what = if text.trim().is_empty() { "is empty" } else { "holds nothing but comments" };
    Diagnostic::error(Code::NoPolicy, format!("`{label}` {what}"))
        .help(format!("{otherwise}, or delete the file if what it held is meant to go"))
}

pub fn allows_nothing() -> Diagnostic {
    Diagnostic::error(Code::NoPolicy, "the policies hold no rule and no role with a permission").help(
        "everything would be denied; write a role such as `role viewer { dashboard:read }`, or an `allow`",
    )
}
