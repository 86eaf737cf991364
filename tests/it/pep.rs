//! Enforcement inside an application: whom the layer lets through, in process and by a sidecar, and that nothing else does.

use std::convert::Infallible;
use std::fs;
use std::future::{Ready, ready};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use hyper::{Request, Response};
use portcullis::model::Input;
use portcullis::pep::{Pep, Subject, Verdict};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::process::{PATIENCE, Served, wait_until};

const POLICY: &str = "package p
subject user {}
resource page { owner: user, actions read, write }
context { ip?: ip }
network office = 10.0.0.0/8
allow page:read named readers
allow page:write named own when resource.owner == subject
deny page:write named outside
  when has context.ip and not (context.ip in office)
";
const FACTS: &str = "package: p\nresources: { page: { one: { owner: ann } } }\n";

/// What stands behind the layer.
#[derive(Clone)]
struct Handler;

impl Service<Request<()>> for Handler {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        ready(Ok(Response::new(format!("handled {}", request.uri()))))
    }
}

fn policies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.policy"), POLICY).unwrap();
    fs::write(folder.path().join("facts.yaml"), FACTS).unwrap();
    folder
}

/// Whoever stands in the header, from the address that stands in another.
fn knowing(pep: Pep) -> Pep {
    let header =
        |head: &hyper::http::request::Parts, name| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
    let pep = pep.subject(move |head| Some(Subject::new("user", header(head, "user")?)));
    pep.context(move |head| {
        header(head, "ip").map(|ip| ("ip".into(), Input::Text(ip.into()))).into_iter().collect()
    })
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}

/// The status, and what the handler said.
async fn through(pep: &Pep, permission: &'static str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let layer = pep.require(permission).on(|head| head.uri.path().strip_prefix("/pages/").map(str::to_owned));
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = layer.layer(Handler).call(request.body(()).unwrap()).await.unwrap();
    let challenge =
        response.headers().get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(challenge.as_deref(), (response.status() == 401).then_some("Bearer"));
    (response.status().as_u16(), response.into_body())
}

/// Whoever decides, the same get through.
async fn check(pep: &Pep) {
    let handled = || (200, "handled /pages/one".to_owned());
    let refused = |status| (status, String::new());
    let at = |permission, headers| through(pep, permission, "/pages/one", headers);
    assert_eq!(at("page:read", &[("user", "bob")]).await, handled());
    assert_eq!(at("page:write", &[("user", "ann")]).await, handled());
    assert_eq!(at("page:write", &[("user", "ann"), ("ip", "10.1.2.3")]).await, handled());
    assert_eq!(at("page:write", &[("user", "ann"), ("ip", "192.0.2.1")]).await, refused(403));
    assert_eq!(at("page:write", &[("user", "bob")]).await, refused(403));
    assert_eq!(at("page:read", &[]).await, refused(401));
    // An id that is empty is most likely a header that wasn't there.
    assert_eq!(at("page:read", &[("user", "")]).await, refused(401));
    let nobody = pep.check(&Subject::new("user", ""), "page:read", Some("one")).await;
    assert_eq!(nobody, Verdict::Undecided("the subject has no id".to_owned()));
    // A permission that nobody declares, and one that is none.
    assert_eq!(at("page:fly", &[("user", "ann")]).await, refused(403));
    assert_eq!(at("pages:read", &[("user", "ann")]).await, refused(403));
    for malformed in ["page", "page:", ":read", ""] {
        assert_eq!(at(malformed, &[("user", "ann")]).await, refused(503), "{malformed}");
    }
    // No resource can be told.
    assert_eq!(through(pep, "page:read", "/other", &[("user", "ann")]).await, refused(403));
    let ann = Subject::new("user", "ann");
    assert_eq!(pep.check(&ann, "page:write", Some("one")).await, Verdict::Allow);
    assert_eq!(
        pep.check(&ann, "page:write", Some("two")).await,
        Verdict::Deny("unknown_attribute".to_owned())
    );
    assert_eq!(pep.check(&ann, "page:read", None).await, Verdict::Allow);
}

#[test]
fn the_layer_decides_in_process() {
    let folder = policies();
    block_on(async {
        let pep = knowing(Pep::in_process(folder.path()).unwrap());
        check(&pep).await;
        // Where nobody says how subjects are known, nobody is.
        let nobody = Pep::in_process(folder.path()).unwrap();
        assert_eq!(through(&nobody, "page:read", "/pages/one", &[("user", "ann")]).await.0, 401);
    });
}

#[test]
fn in_process_what_changes_is_loaded_and_what_is_broken_is_not() {
    let folder = policies();
    let pep = Pep::in_process(folder.path()).unwrap();
    let bob = Subject::new("user", "bob");
    let is_allowed = || block_on(pep.check(&bob, "page:write", Some("one"))).is_allow();
    assert!(!is_allowed());
    let change = |text: &str| {
        let new = folder.path().join(".new");
        fs::write(&new, text).unwrap();
        fs::rename(new, folder.path().join("facts.yaml")).unwrap();
    };
    change(&FACTS.replace("ann", "bob"));
    assert!(wait_until(PATIENCE, is_allowed), "the change is loaded");
    change("package: [");
    thread::sleep(Duration::from_millis(300));
    assert!(is_allowed(), "the last good revision stays");
}

#[test]
fn without_policies_nobody_decides_and_nobody_gets_through() {
    let folder = tempfile::tempdir().unwrap();
    let pep = knowing(Pep::in_process(folder.path()).unwrap());
    let answer = block_on(through(&pep, "page:read", "/pages/one", &[("user", "ann")]));
    assert_eq!(answer, (503, String::new()));
}

#[test]
fn the_layer_asks_a_sidecar() {
    let folder = policies();
    let sidecar = Served::start(folder.path(), &[]);
    sidecar.wait_until_ready();
    let url = format!("http://{}", sidecar.decisions);
    block_on(async {
        let pep = knowing(Pep::remote(&url).unwrap().patience(Duration::from_secs(20)));
        check(&pep).await;
        drop(sidecar);
        // It has gone.
        let answer = through(&pep, "page:read", "/pages/one", &[("user", "ann")]).await;
        assert_eq!(answer, (503, String::new()));
    });
}

/// A server that says this to whatever it is asked, and then ends the connection if `ends`.
fn stub(answer: &'static str, ends: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
            if !ends {
                // Until the other side goes.
                let _ = stream.read_to_end(&mut Vec::new());
            }
        }
    });
    url
}

#[test]
fn nothing_but_an_allow_lets_a_request_through() {
    const ALLOW: &str = "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"decision\":true}";
    const ANSWERS: &[(&str, bool, u16)] = &[
        (ALLOW, true, 200),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18\r\n\r\n{\"decision\":false}", true, 403),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true, 503),
        ("HTTP/1.1 204 No Content\r\n\r\n", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ntrue", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"decision\":\"true\"}", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{\"decision\":1}", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 34\r\n\r\n{\"decision\":false,\"decision\":true} ", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"decision\":true} {", true, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"decision\":tr", true, 503),
        ("HTTP/1.1 201 Created\r\nContent-Length: 17\r\n\r\n{\"decision\":true}", true, 503),
        ("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 17\r\n\r\n{\"decision\":true}", true, 503),
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 17\r\n\r\n{\"decision\":true}", true, 503),
        ("HTTP/1.1 500 Oops\r\nContent-Length: 17\r\n\r\n{\"decision\":true}", true, 503),
        ("{\"decision\":true}", true, 503),
        ("", true, 503),
        // And then nothing more.
        ("", false, 503),
        ("HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"decision\":", false, 503),
    ];
    block_on(async {
        for (answer, ends, expected) in ANSWERS {
            // Only those that end the waiting have the time that a busy machine takes.
            let patience = Duration::from_millis(if *ends { 20_000 } else { 200 });
            let pep = knowing(Pep::remote(&stub(answer, *ends)).unwrap().patience(patience));
            let (status, body) = through(&pep, "page:read", "/pages/one", &[("user", "ann")]).await;
            assert_eq!(status, *expected, "{answer:?}");
            assert_eq!(body.is_empty(), status != 200, "{answer:?}");
        }
    });
}

#[test]
fn an_obligation_that_nobody_fulfils_is_a_deny() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "package p\nsubject user {}\nresource page { actions read }\nallow page:read named noted oblige notify()\n";
    fs::write(folder.path().join("main.policy"), policy).unwrap();
    let pep = Pep::in_process(folder.path()).unwrap();
    let verdict = block_on(pep.check(&Subject::new("user", "ann"), "page:read", Some("one")));
    assert_eq!(verdict, Verdict::Deny("obligation_unsupported".to_owned()));
}

#[test]
fn what_is_no_address_of_a_sidecar_is_told() {
    for (url, told) in [
        ("https://127.0.0.1:8181", "`https://127.0.0.1:8181` has to be `http://HOST:PORT` and nothing more"),
        (
            "http://127.0.0.1:8181/access",
            "`http://127.0.0.1:8181/access` has to be `http://HOST:PORT` and nothing more",
        ),
        ("127.0.0.1:8181", "`127.0.0.1:8181` has to be `http://HOST:PORT` and nothing more"),
        ("http://a b", "`http://a b` is no address: invalid uri character"),
    ] {
        assert_eq!(Pep::remote(url).err().map(|error| error.to_string()).as_deref(), Some(told));
    }
    let broken = Pep::remote("http://127.0.0.1:8181").unwrap().bearer("a\nb").err().unwrap();
    assert!(broken.to_string().starts_with("the credential can't stand in a header"), "{broken}");
}
