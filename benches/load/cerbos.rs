//! Cerbos, where its binary is given: `CERBOS=…/cerbos cargo bench --bench load`.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::question::{self, Question};
use crate::servers::{Addresses, Process, Server, started};

const PATIENCE: Duration = Duration::from_secs(20);

/// What of that example decides the question that is asked here; Cerbos stores no roles, its callers say them.
const POLICY: &str = r#"
apiVersion: api.cerbos.dev/v1
resourcePolicy:
  version: default
  resource: data
  rules:
  - { actions: [read, analyze], effect: EFFECT_ALLOW, roles: [data_scientist] }
  - actions: ["*"]
    effect: EFFECT_DENY
    roles: ["*"]
    condition: { match: { expr: has(R.attr.hold) } }
"#;

const EVALUATION: &str = "POST /access/v1/evaluation HTTP/1.1\r\nhost: cerbos\r\n\
     content-type: application/json\r\ncontent-length: 152\r\n\r\n\
     {\"subject\":{\"type\":\"user\",\"id\":\"dan\",\"properties\":{\"cerbos.roles\":[\"data_scientist\"]}},\
     \"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"data\",\"id\":\"set-1\"}}";

/// The same question in its own words.
pub fn question() -> Question {
    Question::http1(question::EVALUATION, EVALUATION)
}

/// A Cerbos that reads its policy once, counts nothing for its makers and logs nothing; nothing where none is given.
pub fn cerbos(directory: &Path) -> Option<Server> {
    let binary = env::var_os("CERBOS")?;
    let policies = directory.join("cerbos");
    fs::create_dir(&policies).expect("a directory");
    fs::write(policies.join("data.yaml"), POLICY).expect("a file");
    let [tcp, grpc] = free_addresses();
    let mut command = Command::new(binary);
    command.args([
        "server",
        "--log-level=error",
        "--set=telemetry.disabled=true",
        "--set=storage.driver=disk",
    ]);
    command.arg(format!("--set=storage.disk.directory={}", policies.display()));
    command.arg(format!("--set=server.httpListenAddr={tcp}"));
    command.arg(format!("--set=server.grpcListenAddr={grpc}"));
    let process =
        Process(started(command.current_dir(directory).stdout(Stdio::null()).stderr(Stdio::null())));
    let start = Instant::now();
    while TcpStream::connect(tcp).is_err() {
        assert!(start.elapsed() < PATIENCE, "Cerbos should listen");
        thread::sleep(Duration::from_millis(50));
    }
    Some(Server { name: "cerbos", addresses: Addresses { tcp, unix: None, further: None }, process })
}

/// It says nowhere which ports it has got, so it is told two that were free a moment ago.
fn free_addresses() -> [SocketAddr; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
    listeners.map(|listener| listener.local_addr().expect("an address"))
}
