//! What the HTTP library gets to see of what a caller sends, however it comes.

use std::collections::VecDeque;
use std::task::Waker;

use proptest::prelude::*;

use super::*;
use crate::server::flaw::Flaw;

/// A caller that sends these pieces, and then ends or is silent.
struct Caller {
    pieces: VecDeque<Vec<u8>>,
    is_silent: bool,
    takes: bool,
}

impl AsyncRead for Caller {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Some(mut piece) = self.pieces.pop_front() else {
            return if self.is_silent { Poll::Pending } else { Poll::Ready(Ok(())) };
        };
        let rest = piece.split_off(piece.len().min(out.remaining()));
        out.put_slice(&piece);
        if !rest.is_empty() {
            self.pieces.push_front(rest);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Caller {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.takes { Poll::Ready(Ok(bytes.len())) } else { Poll::Pending }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn caller(bytes: &[u8], pieces: &[usize]) -> Caller {
    let mut rest = bytes;
    let mut cut = VecDeque::new();
    for length in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, more) = rest.split_at((*length).min(rest.len()));
        cut.push_back(piece.to_vec());
        rest = more;
    }
    Caller { pieces: cut, is_silent: false, takes: true }
}

/// What is seen of it, up to its end, an error, or that there will be nothing more.
fn seen(bytes: &[u8], pieces: &[usize], room: usize) -> (Vec<u8>, &'static str) {
    let mut strict = Strict::new(caller(bytes, pieces), Duration::from_secs(1));
    let mut cx = Context::from_waker(Waker::noop());
    let mut all = Vec::new();
    loop {
        let mut space = vec![0; room];
        let mut out = ReadBuf::new(&mut space);
        match Pin::new(&mut strict).poll_read(&mut cx, &mut out) {
            Poll::Ready(Ok(())) if out.filled().is_empty() => return (all, "ended"),
            Poll::Ready(Ok(())) => all.extend_from_slice(out.filled()),
            Poll::Ready(Err(error)) => {
                assert_eq!(error.kind(), io::ErrorKind::InvalidData);
                return (all, "refused");
            }
            Poll::Pending => return (all, "silent"),
        }
    }
}

const GOOD: [&str; 7] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 12\r\n\r\nGET *\n\nHost:",
    "POST /c HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    "POST /d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\n\n\r\n\r\n0A\r\n0123456789\r\n0\r\n\r\n",
    "POST /e HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Original-URI: /x\r\nB: c\r\n\r\n",
    "POST /f HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n1\r\n0\r\n00\r\n\r\n",
    "PUT /g HTTP/1.0\r\nContent-Length: 3\r\n\r\n\r\n\r",
];

const BAD: [(&str, Flaw); 6] = [
    ("GET / HTTP/1.1\nHost: a\r\n\r\n", Flaw::LineEnd),
    ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", Flaw::FirstLine),
    ("get / HTTP/1.1\r\nHost: a\r\n\r\n", Flaw::Method),
    ("OPTIONS * HTTP/1.1\r\nHost: a\r\nflaw: 1\r\n\r\n", Flaw::Target),
    ("GET / HTTP/1.1\r\n\r\n", Flaw::Host),
    ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", Flaw::Framing),
];

proptest! {
    #[test]
    fn good_requests_pass_byte_for_byte(
        requests in proptest::collection::vec(0..GOOD.len(), 1..6),
        pieces in proptest::collection::vec(1_usize..90, 1..9),
        room in 1_usize..70,
    ) {
        let sent: String = requests.into_iter().map(|number| GOOD[number]).collect();
        let (all, end) = seen(sent.as_bytes(), &pieces, room);
        prop_assert_eq!((String::from_utf8(all).unwrap(), end), (sent, "ended"));
    }

    #[test]
    fn in_the_place_of_a_bad_one_and_what_follows_stands_another(
        requests in proptest::collection::vec(0..GOOD.len(), 0..4),
        bad in 0..BAD.len(),
        after in 0..GOOD.len(),
        pieces in proptest::collection::vec(1_usize..90, 1..9),
    ) {
        let before: String = requests.into_iter().map(|number| GOOD[number]).collect();
        let (bad, flaw) = BAD[bad];
        let (all, end) = seen(format!("{before}{bad}{}", GOOD[after]).as_bytes(), &pieces, 50);
        // It says where the request went, if that had come before what is wrong.
        let stand_ins = [bad, ""].map(|read| [before.as_bytes(), &stand_in(flaw, read.as_bytes())].concat());
        prop_assert!(stand_ins.contains(&all), "{}", all.escape_ascii());
        prop_assert_eq!(end, "silent");
    }
}

#[test]
fn a_chunk_is_a_size_and_so_many_bytes() {
    // T-34: what extensions mean, and how a line ends, is read differently by different programs.
    for body in [
        "3;a=b\r\nabc\r\n0\r\n\r\n",
        "3;\r\nabc\r\n0\r\n\r\n",
        "3 \r\nabc\r\n0\r\n\r\n",
        " 3\r\nabc\r\n0\r\n\r\n",
        "+3\r\nabc\r\n0\r\n\r\n",
        "0x3\r\nabc\r\n0\r\n\r\n",
        "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\r\nabcd\r\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        "3\r\nabcXX0\r\n\r\n",
        "\r\nabc\r\n0\r\n\r\n",
        "-1\r\nabc\r\n0\r\n\r\n",
        "g\r\nabc\r\n0\r\n\r\n",
        "000000003\r\nabc\r\n0\r\n\r\n",
        "3\r\nabc\r\n0\r\nX: 1\n\r\n",
        "3\r\nabc\r\n0\r\n\n",
        "3\r\nabc\r\n0\rX\r\n\r\n",
        &format!("0\r\nX: {}\r\n\r\n", "a".repeat(20_000)),
        &format!("3;{}\r\nabc\r\n0\r\n\r\n", "a".repeat(20_000)),
    ] {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
        for pieces in [[1], [7], [100_000]] {
            let sent = format!("{head}{body}GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            let (all, end) = seen(sent.as_bytes(), &pieces, 4096);
            assert_eq!(end, "refused", "{body} {pieces:?}");
            let passed = String::from_utf8(all).unwrap();
            assert!(sent.starts_with(&passed) && !passed.contains("GET"), "{body}: {passed}");
        }
    }
}

#[tokio::test]
async fn a_client_of_http_2_is_known_by_its_first_bytes() {
    let rest = "\0\0\0\x04\0\0\0\0\0\nwhatever";
    let preface = std::str::from_utf8(PREFACE).unwrap();
    for (sent, expected) in [
        (format!("{preface}{rest}"), true),
        (preface.to_owned(), true),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\rx".to_owned(), false),
        ("PRI".to_owned(), false),
        (GOOD[1].to_owned(), false),
        (String::new(), false),
    ] {
        for pieces in [[1], [5], [1000]] {
            let mut strict = Strict::new(caller(sent.as_bytes(), &pieces), Duration::from_secs(1));
            assert_eq!(strict.is_http2().await.unwrap(), expected, "{sent}");
            let mut all = Vec::new();
            loop {
                let mut space = [0; 9];
                let mut out = ReadBuf::new(&mut space);
                let read = Pin::new(&mut strict).poll_read(&mut Context::from_waker(Waker::noop()), &mut out);
                if !matches!(read, Poll::Ready(Ok(()))) || out.filled().is_empty() {
                    break;
                }
                all.extend_from_slice(out.filled());
            }
            // Nothing is lost by looking.
            assert_eq!(all == sent.as_bytes(), expected || sent == GOOD[1] || sent.is_empty(), "{sent}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_not_waited_for() {
    let mut silent = caller(b"", &[1]);
    silent.takes = false;
    let mut strict = Strict::new(silent, Duration::from_millis(200));
    let begun = tokio::time::Instant::now();
    let written = poll_fn(|cx| Pin::new(&mut strict).poll_write(cx, b"x")).await;
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert!((190..20_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_refused_caller_gets_a_while_to_see_the_answer() {
    let body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1234";
    let chunks = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (head, is_waited_for) in [("GET / HTTP/1.1\n", true), (GOOD[0], false), (body, true), (chunks, true)]
    {
        let mut silent = caller(head.as_bytes(), &[100]);
        silent.is_silent = true;
        let mut strict = Strict::new(silent, Duration::from_secs(7));
        let mut space = [0; 200];
        let mut out = ReadBuf::new(&mut space);
        poll_fn(|cx| Pin::new(&mut strict).poll_read(cx, &mut out)).await.unwrap();
        let begun = tokio::time::Instant::now();
        poll_fn(|cx| Pin::new(&mut strict).poll_shutdown(cx)).await.unwrap();
        assert_eq!(begun.elapsed() >= LINGER, is_waited_for, "{head} {:?}", begun.elapsed());
    }
}
