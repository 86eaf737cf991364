//! The lines for nginx that stand in the README, as they stand there.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::front::{Front, Kind, Portcullis};
use crate::process::free_ports;

const AROUND: &str = "worker_processes 1;
pid nginx.pid;
error_log error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path tmp/body; proxy_temp_path tmp/proxy; fastcgi_temp_path tmp/fastcgi;
  uwsgi_temp_path tmp/uwsgi; scgi_temp_path tmp/scgi;
  server { listen 127.0.0.1:8080; LINES }
}
";

fn config() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let lines = readme.split_once("```nginx\n").unwrap().1.split_once("```").unwrap().0;
    AROUND.replace("LINES", lines)
}

#[test]
fn its_lines_let_nobody_speak_for_portcullis_and_wait_for_nobody() {
    let [port] = free_ports();
    let mut portcullis = Portcullis::start(port);
    // The recipe's passwords stay.
    let front =
        Front::changed(Kind::Nginx, port, |text| if text.contains("auth_request") { config() } else { text });
    front.wait_until_allowed();
    for line in [
        "Portcullis-Subject: root",
        "portcullis-subject-type: root",
        "Portcullis-Organization: root",
        "PORTCULLIS-OBLIGATIONS: root",
        "Portcullis-Advice: root",
        "Portcullis_Subject: root",
        "Portcullis.Subject: root",
        "Portcullis~Subject: root",
    ] {
        let (answer, reached) = front.ask("vic", "GET", "/pages/1", &[line]);
        let reached = reached.unwrap_or_else(|| panic!("{line}: {answer:?}"));
        assert!(!reached.contains("root"), "{line}: {reached}");
    }
    for (user, method, target) in [("vic", "POST", "/pages/1"), ("ada", "GET", "/admin/users")] {
        let (answer, reached) = front.ask(user, method, target, &["X-Original-Subject: ada"]);
        assert_eq!((answer.status, reached), (403, None), "{user} {method} {target}");
    }
    portcullis.freeze();
    // Far from the minute that nginx takes by itself.
    let patience = Duration::from_secs(20);
    assert_eq!(front.try_ask("vic", "GET", "/pages/1", patience), (Some(500), None), "it hangs");
    portcullis.kill();
    assert_eq!(front.try_ask("vic", "GET", "/pages/1", patience), (Some(500), None), "it is dead");
}
