//! The files of TLS as they are on the disk.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::config;
use crate::model::limits::TLS_FILE_BYTES_MAX;

/// What was found where the files should be: bytes, or why there are none.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::server) struct Contents {
    pub(super) certificate: Found,
    pub(super) key: Found,
    pub(super) client_ca: Option<Found>,
}

pub(super) type Found = Result<Vec<u8>, String>;

impl Contents {
    /// The links on the way are followed anew each time: Kubernetes swaps one of them.
    pub(super) fn read(files: &config::Tls) -> Contents {
        Contents {
            certificate: read(&files.certificate),
            key: read(&files.key),
            client_ca: files.client_ca.as_deref().map(read),
        }
    }

    /// To know them again without keeping a key that is in use no longer.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for found in [Some(&self.certificate), Some(&self.key), self.client_ca.as_ref()].into_iter().flatten()
        {
            let (kind, bytes) = match found {
                Ok(bytes) => (0, bytes.as_slice()),
                Err(message) => (1, message.as_bytes()),
            };
            hash.update([kind]);
            hash.update(bytes.len().to_le_bytes());
            hash.update(bytes);
        }
        hash.finalize().into()
    }
}

fn read(path: &Path) -> Found {
    read_regular(path).map_err(|error| format!("can't read `{}`: {error}", path.display()))
}

/// Never waits for the writer of a FIFO, and takes no more than such a file may hold.
fn read_regular(path: &Path) -> io::Result<Vec<u8>> {
    let file: File = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    let mut bytes = Vec::new();
    file.take(TLS_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > TLS_FILE_BYTES_MAX {
        let message = format!("it has more than {TLS_FILE_BYTES_MAX} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}
