//! Ten million questions, no two of them the same, and what they leave in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::client::{Connection, Transport};
use crate::question::{EVALUATION, Protocol, Question};
use crate::servers::Server;

const QUESTIONS: u64 = 10_000_000;
const CONNECTIONS: usize = 64;
/// How often the memory is told on the way.
const TOLD_EVERY: u64 = 1_000_000;

/// Ana, an analyst, investigates another incident each time, in working hours or from the office: a question that is dear
/// enough to be kept.
fn question(number: u64) -> Question {
    let body = format!(
        r#"{{"subject":{{"type":"user","id":"ana"}},"action":{{"name":"investigate"}},"resource":{{"type":"incidents","id":"incident {number}"}},"context":{{"ip":"192.168.7.7"}}}}"#
    );
    let request = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nhost: portcullis\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Question::http1(EVALUATION, &request)
}

pub fn measure(runtime: &Runtime, server: &Server) {
    println!("{:>9} questions: {:5.1} MiB resident", 0, server.resident());
    let next = Arc::new(AtomicU64::new(0));
    for told in 1..=QUESTIONS / TOLD_EVERY {
        runtime.block_on(async {
            let mut asking = JoinSet::new();
            for _ in 0..CONNECTIONS {
                let mut connection =
                    Connection::new(&server.addresses, Transport::Tcp, Protocol::Http1).await;
                let next = Arc::clone(&next);
                asking.spawn(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= told * TOLD_EVERY {
                            return;
                        }
                        connection.ask(&question(number)).await;
                    }
                });
            }
            asking.join_all().await;
        });
        next.store(told * TOLD_EVERY, Ordering::Relaxed);
        let (now, peak) = (server.resident(), server.peak());
        println!("{:>9} questions: {now:5.1} MiB resident, {peak:5.1} at most", told * TOLD_EVERY);
    }
}
