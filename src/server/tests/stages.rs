//! T-78: whatever goes wrong, at whichever stage of whichever request, allows nothing and ends nothing else.
//! T-69: each answer is all of one World.

use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Barrier, Mutex, OnceLock};
use std::thread;

use super::*;
use crate::config::CacheMode;
use crate::document::{Source, Sources};
use crate::language;
use crate::service::Stage;

/// How long a request is worth deciding, and a delay that is too long for it.
const DEADLINE_MS: u64 = 2_000;
const DELAY: Duration = Duration::from_millis(2_100);

/// A request that is allowed if nothing goes wrong, and the stages that it goes through.
struct Asked {
    name: &'static str,
    request: String,
    stages: &'static [Stage],
}

pub(super) fn world(rule: &str, revision: &str) -> World {
    let text = format!(
        "package p\nsubject user\nresource doc {{ actions read }}\n{rule} doc:read named reading\n\
         route GET /docs/{{id}} -> doc:read on doc(id)\n"
    );
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "p.policy".to_owned(), text });
    let policy = language::load(&sources, &[id]).policy.expect("a policy");
    let engine = Engine::new(Arc::new(policy));
    World::new(Arc::new(engine), Arc::new(Facts::default()), revision, crate::model::Instant::from_micros(0))
}

fn asked() -> [Asked; 7] {
    use Stage::{Answer, Arrive, Body, Decide, Explain, Keep, LookUp, Parse, Recall};
    // Each asks about another document, so that no other's decision is in the cache.
    let question = |id| {
        format!(
            r#""subject":{{"type":"user","id":"ann"}},"action":{{"name":"read"}},"resource":{{"type":"doc","id":"{id}"}}"#
        )
    };
    let post = |path: &str, lines: &str, body: String| {
        format!(
            "POST /access/v1/{path} HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n{lines}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let proxy = |name, target: &str, lines: &str| Asked {
        name,
        request: format!("GET {target} HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n{lines}\r\n"),
        stages: &[Arrive, Parse, LookUp, Decide, Recall, Keep, Answer],
    };
    [
        Asked {
            name: "one",
            request: post("evaluation", "", format!("{{{}}}", question(1))),
            stages: &[Arrive, Body, LookUp, Parse, Decide, Recall, Keep, Answer],
        },
        Asked {
            name: "explained",
            request: post("evaluation", "Portcullis-Explain: true\r\n", format!("{{{}}}", question(2))),
            stages: &[Arrive, Body, LookUp, Parse, Decide, Recall, Keep, Explain, Answer],
        },
        Asked {
            name: "several",
            request: post("evaluations", "", format!("{{{},\"evaluations\":[{{}}]}}", question(3))),
            stages: &[Arrive, Body, LookUp, Parse, Decide, Recall, Keep, Answer],
        },
        // Long enough for a thread of its own.
        Asked {
            name: "large",
            request: post(
                "evaluations",
                "",
                format!("{{{},\"evaluations\":[{{}}]{}}}", question(5), " ".repeat(20_000)),
            ),
            stages: &[Arrive, Body, LookUp, Parse, Decide, Recall, Keep, Answer],
        },
        proxy(
            "nginx",
            "/authz/auth-request",
            "X-Original-Method: GET\r\nX-Original-URI: /docs/4\r\nX-Original-Subject: ann\r\n",
        ),
        proxy(
            "forward",
            "/authz/forward-auth",
            "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /docs/6\r\nX-Ann: ann\r\n",
        ),
        proxy("envoy", "/authz/ext-authz/docs/7", "X-Ann: ann\r\n"),
    ]
}

impl Asked {
    fn allows(&self, answer: &str) -> bool {
        if self.is_of_proxy() {
            answer.starts_with("HTTP/1.1 2")
        } else {
            answer.contains(r#""decision":true"#)
        }
    }

    fn is_of_proxy(&self) -> bool {
        matches!(self.name, "nginx" | "forward" | "envoy")
    }
}

pub(super) fn serve(
    fault: impl Fn(Stage) -> bool + Send + Sync + 'static,
) -> (tokio::runtime::Runtime, Server, Arc<Service>) {
    let caching = Caching { mode: CacheMode::On, ..Caching::default() };
    let service = Arc::new(Service::new(Clock::system(), caching).unwrap().with_fault(fault));
    service.publish(world("allow", "one"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let header = Some("X-Ann".to_owned());
    let config = Config {
        deadline_ms: DEADLINE_MS,
        forwarded_subject_header: header.clone(),
        envoy_subject_header: header,
        ..config()
    };
    let server = runtime.block_on(Server::start(&config, Arc::clone(&service))).unwrap();
    (runtime, server, service)
}

fn metric(server: &Server, series: &str) -> u64 {
    let metrics = exchange(server.admin(), "GET /metrics HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n\r\n");
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no `{series}` in {metrics}")).parse().unwrap()
}

/// Asks everything while this happens at the stage, and then without.
fn check(stage: Stage, what: &str, fault: fn() -> bool) {
    let (is_on, reached) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let (on, count) = (Arc::clone(&is_on), Arc::clone(&reached));
    let (runtime, server, _) = serve(move |at| {
        if at != stage || !on.load(Ordering::Relaxed) {
            return false;
        }
        count.fetch_add(1, Ordering::Relaxed);
        fault()
    });
    for asked in asked() {
        let ask = || exchange(&server.decisions()[0], &asked.request);
        let name = asked.name;
        let panics = metric(&server, "portcullis_panics_total");
        let allowed = metric(&server, "portcullis_decisions_total{outcome=\"allow\",reason=\"allowed\"}");
        is_on.store(true, Ordering::Relaxed);
        reached.store(0, Ordering::Relaxed);
        let answer = ask();
        is_on.store(false, Ordering::Relaxed);
        let is_reached = asked.stages.contains(&stage);
        assert_eq!(reached.load(Ordering::Relaxed), usize::from(is_reached), "{stage:?} of {name}");
        assert_eq!(asked.allows(&answer), !is_reached, "{what} at {stage:?} of {name}: {answer}");
        // Proxies are never told anything but a denial.
        if is_reached && asked.is_of_proxy() {
            assert!(answer.starts_with("HTTP/1.1 403 "), "{what} at {stage:?}: {answer}");
        }
        let panicked = metric(&server, "portcullis_panics_total") - panics;
        assert_eq!(panicked, u64::from(is_reached && what == "panic"), "{what} at {stage:?} of {name}");
        let counted = metric(&server, "portcullis_decisions_total{outcome=\"allow\",reason=\"allowed\"}");
        assert_eq!(counted - allowed, u64::from(!is_reached), "{what} at {stage:?} of {name}");
        // Nothing is left of it.
        let answer = ask();
        assert!(asked.allows(&answer), "after {what} at {stage:?} of {name}: {answer}");
    }
    runtime.block_on(server.stop());
}

#[test]
fn an_error_at_any_stage_allows_nothing() {
    for stage in Stage::ALL {
        check(stage, "error", || true);
    }
}

#[test]
fn a_panic_at_any_stage_allows_nothing_and_is_counted() {
    for stage in Stage::ALL {
        check(stage, "panic", || panic!("the fault that this test injects"));
    }
}

#[test]
fn a_delay_at_any_stage_allows_nothing() {
    thread::scope(|scope| {
        for stage in Stage::ALL {
            scope.spawn(move || {
                check(stage, "delay", || {
                    thread::sleep(DELAY);
                    false
                });
            });
        }
    });
}

#[test]
fn a_caller_that_goes_at_any_stage_leaves_nothing_behind() {
    for stage in Stage::ALL {
        let met = Arc::new((Barrier::new(2), Barrier::new(2)));
        let (is_on, there) = (Arc::new(AtomicBool::new(false)), Arc::clone(&met));
        let on = Arc::clone(&is_on);
        let (runtime, server, _) = serve(move |at| {
            if at == stage && on.swap(false, Ordering::Relaxed) {
                there.0.wait();
                there.1.wait();
            }
            false
        });
        let Listener::Tcp(address) = &server.decisions()[0] else { panic!("TCP was asked for") };
        for asked in asked().iter().filter(|asked| asked.stages.contains(&stage)) {
            is_on.store(true, Ordering::Relaxed);
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(asked.request.as_bytes()).unwrap();
            met.0.wait();
            drop(stream);
            met.1.wait();
            let answer = exchange(&server.decisions()[0], &asked.request);
            assert!(asked.allows(&answer), "after {} went at {stage:?}: {answer}", asked.name);
            let begun = std::time::Instant::now();
            // The one that asks.
            while metric(&server, "portcullis_connections") > 1 {
                assert!(begun.elapsed() < Duration::from_secs(10), "{stage:?} of {}", asked.name);
            }
            assert_eq!(metric(&server, "portcullis_panics_total"), 0);
        }
        runtime.block_on(server.stop());
    }
}

#[test]
fn a_defect_has_the_answer_of_its_endpoint() {
    for (stage, expected) in [
        (
            Stage::Arrive,
            [
                "HTTP/1.1 500",
                "HTTP/1.1 500",
                "HTTP/1.1 500",
                "HTTP/1.1 500",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
            ],
        ),
        (
            Stage::Parse,
            [
                "HTTP/1.1 200",
                "HTTP/1.1 200",
                "HTTP/1.1 500",
                "HTTP/1.1 500",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
            ],
        ),
        (
            Stage::Decide,
            [
                "HTTP/1.1 200",
                "HTTP/1.1 200",
                "HTTP/1.1 200",
                "HTTP/1.1 200",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
                "HTTP/1.1 403",
            ],
        ),
    ] {
        let (runtime, server, _) =
            serve(move |at| if at == stage { panic!("the fault that this test injects") } else { false });
        for (asked, start) in asked().iter().zip(expected) {
            let answer = exchange(&server.decisions()[0], &asked.request);
            assert!(answer.starts_with(start), "{stage:?} of {}: {answer}", asked.name);
            match start {
                "HTTP/1.1 200" => assert!(answer.contains(r#"{"decision":false"#), "{answer}"),
                "HTTP/1.1 500" => assert!(!answer.contains("decision"), "{answer}"),
                _ => assert!(answer.contains("\r\nportcullis-reason: internal_error\r\n"), "{answer}"),
            }
        }
        runtime.block_on(server.stop());
    }
}

#[test]
fn an_answer_is_all_of_one_world() {
    for stage in Stage::ALL {
        let shared: Arc<OnceLock<Arc<Service>>> = Arc::default();
        let swapped = Arc::new(Mutex::new(0));
        let (known, count) = (Arc::clone(&shared), Arc::clone(&swapped));
        let (runtime, server, service) = serve(move |at| {
            if at == stage
                && let Some(service) = known.get()
            {
                let mut count = count.lock().unwrap();
                *count += 1;
                let (rule, revision) = if *count % 2 == 1 { ("deny", "two") } else { ("allow", "one") };
                service.publish(world(rule, revision));
            }
            false
        });
        shared.set(service).unwrap();
        for asked in asked().iter().filter(|asked| asked.stages.contains(&stage)) {
            for _ in 0..2 {
                let answer = exchange(&server.decisions()[0], &asked.request);
                let is_one = answer.contains("\r\nportcullis-revision: one\r\n");
                let is_two = answer.contains("\r\nportcullis-revision: two\r\n");
                assert!(is_one != is_two, "{answer}");
                assert_eq!(asked.allows(&answer), is_one, "a swap at {stage:?} of {}: {answer}", asked.name);
                if asked.name == "explained" {
                    let named = if is_one { r#""revision":"one""# } else { r#""revision":"two""# };
                    assert!(answer.contains(named), "{answer}");
                }
            }
        }
        assert!(*swapped.lock().unwrap() >= 2);
        runtime.block_on(server.stop());
    }
}
