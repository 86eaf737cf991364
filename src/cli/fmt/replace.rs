//! Files put in the place of others, so that whoever reads meanwhile sees all of the old one or all of the new.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Puts a new text in a file's place. Links stay: what they lead to is replaced.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = fs::metadata(&path)?.permissions();
    // A new file could take the place of one that may not be written.
    OpenOptions::new().write(true).open(&path)?;
    let beside = hidden(&path);
    let written = write_new(&beside, text, permissions).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        // It is there or not; the error that counts is the one before.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// Puts a file of another name in a file's place. For a moment both are there: what says everything twice does not
/// load, while a policy that is missing could be missed.
pub fn convert(from: &Path, to: &Path, text: &str) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_symlink() {
        return Err(io::Error::other("it is a symbolic link; name the file that it leads to"));
    }
    OpenOptions::new().write(true).open(from)?;
    let beside = hidden(to);
    // A link, unlike a rename, takes nobody's place.
    let written = write_new(&beside, text, metadata.permissions()).and_then(|()| fs::hard_link(&beside, to));
    // It is there or not; the error that counts is the one before.
    let _ = fs::remove_file(&beside);
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => io::Error::other(format!("`{}` is there already", to.display())),
        _ => error,
    })?;
    fs::remove_file(from)
}

/// A name beside a file's that nobody takes for a policy.
fn hidden(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.new", std::process::id()))
}

fn write_new(path: &Path, text: &str, permissions: fs::Permissions) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.set_permissions(permissions)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
