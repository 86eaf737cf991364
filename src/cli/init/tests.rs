//! Whoever comes in between loses nothing.

use super::*;

#[test]
fn a_file_that_is_there_stays_and_nothing_is_written_beside_it() {
    let place = tempfile::tempdir().unwrap();
    for (taken, _) in FILES {
        let directory = place.path().join(taken);
        fs::create_dir(&directory).unwrap();
        fs::write(directory.join(taken), "mine").unwrap();
        let error = write(&directory).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{taken}");
        assert_eq!(fs::read_to_string(directory.join(taken)).unwrap(), "mine");
        assert_eq!(fs::read_dir(&directory).unwrap().count(), 1, "{taken}");
    }
}
