//! A connection that shows the HTTP library only what is well formed.
//!
//! It knows where heads begin and bodies end, so that the bytes of every head are looked at, also of one that comes
//! with the body before it. A head is handed on once it is whole and without a [`Flaw`]; in the place of any other, and
//! of all that follows it, stands a request that no caller can send, which says what the flaw is. So a refusal is an
//! answer like any other: in its turn, counted, with the headers of all answers.
//!
//! It also sees to it that the caller takes its answers.

#[cfg(test)]
#[path = "strict_tests.rs"]
mod tests;

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::head::{self, Framing, Lines};
use super::head_timer::HeadTimer;
use super::stand_in::stand_in;
use crate::sabotage::Guard;

/// What a client of HTTP/2 begins with (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// How much is read at once where it has to be looked at.
const PIECE_BYTES: usize = 4096;
/// More digits than the size of a chunk needs that is within any bound on bodies.
const CHUNK_DIGITS_MAX: usize = 8;
/// How long a caller who is answered before all is sent gets to see the answer. While there are bytes that nobody has read, closing
/// a connection takes back what was sent on it.
const LINGER: Duration = Duration::from_secs(1);
/// And how much of what it sends meanwhile is thrown away.
const LINGER_BYTES_MAX: usize = 1024 * 1024;

pub(super) struct Strict<S> {
    stream: S,
    /// What was read and is not handed on yet.
    buffer: BytesMut,
    /// How much of it may be.
    checked: usize,
    next: Next,
    lines: Lines,
    /// How long the caller may take to take what is written.
    patience: Duration,
    deadline: Option<Pin<Box<Sleep>>>,
    thrown_away: usize,
    /// How long it may take to ask.
    timer: HeadTimer,
    /// Whether a head that had begun to come took longer.
    pub(super) is_head_late: bool,
    is_shut: bool,
}

/// What comes after the bytes that are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Head,
    /// So much of a body.
    Body(u64),
    ChunkSize,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    /// Nothing that is looked at: the other side speaks HTTP/2.
    Anything,
    /// Nothing that is read by anybody.
    Nothing,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Strict<S> {
    pub(super) fn new(stream: S, patience: Duration) -> Strict<S> {
        Strict {
            stream,
            buffer: BytesMut::new(),
            checked: 0,
            next: Next::Head,
            lines: Lines::default(),
            patience,
            deadline: None,
            thrown_away: 0,
            timer: HeadTimer::default(),
            is_head_late: false,
            is_shut: false,
        }
    }

    /// Ends where the caller takes longer than that for a head, or to begin one.
    pub(super) fn with_head_timeout(self, allowed: Duration) -> Strict<S> {
        Strict { timer: HeadTimer::new(allowed), ..self }
    }

    /// Whether the other side speaks HTTP/2, by its first bytes.
    pub(super) async fn is_http2(&mut self) -> io::Result<bool> {
        while self.buffer.len() < PREFACE.len() && PREFACE.starts_with(&self.buffer) {
            if poll_fn(|cx| self.poll_more(cx)).await? == 0 {
                break;
            }
        }
        let is_http2 = self.buffer.starts_with(PREFACE);
        if is_http2 {
            self.next = Next::Anything;
            self.timer = HeadTimer::default();
        }
        Ok(is_http2)
    }

    /// Reads another piece into the buffer, and says how long it is.
    fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut space = [MaybeUninit::uninit(); PIECE_BYTES];
        let mut piece = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        self.buffer.extend_from_slice(piece.filled());
        Poll::Ready(Ok(piece.filled().len()))
    }

    /// Reads what follows next right into the library's buffer; none of it is looked at.
    fn poll_through(
        &mut self,
        cx: &mut Context<'_>,
        bytes_max: u64,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let room = out.remaining().min(usize::try_from(bytes_max).unwrap_or(usize::MAX));
        let mut piece = ReadBuf::new(out.initialize_unfilled_to(room));
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
        let length = piece.filled().len();
        out.advance(length);
        Poll::Ready(Ok(length))
    }

    /// Reads what nobody will, so that it is no reason to take back the answer; ends with the stream, or where it is too much.
    fn poll_away(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.thrown_away < LINGER_BYTES_MAX {
            self.buffer.clear();
            match ready!(self.poll_more(cx)) {
                Ok(length @ 1..) => self.thrown_away += length,
                Ok(0) | Err(_) => break,
            }
        }
        Poll::Ready(())
    }

    /// Checks the buffer's next bytes. Whether that came to anything without more of them.
    fn check(&mut self) -> io::Result<bool> {
        let buffered = self.buffer.len() as u64;
        match self.next {
            Next::Head => Ok(self.check_head()),
            Next::Body(0) => {
                self.end();
                Ok(true)
            }
            Next::Chunk(0) => {
                self.next = Next::ChunkEnd;
                Ok(true)
            }
            Next::Body(left) => {
                self.next = Next::Body(self.let_through(left, buffered));
                Ok(self.checked > 0)
            }
            Next::Chunk(left) => {
                self.next = Next::Chunk(self.let_through(left, buffered));
                Ok(self.checked > 0)
            }
            Next::ChunkSize => self.check_chunk_size(),
            Next::ChunkEnd => match self.buffer.get(..2) {
                Some(b"\r\n") => {
                    self.checked = 2;
                    self.next = Next::ChunkSize;
                    Ok(true)
                }
                Some(_) => Err(malformed_chunk()),
                None => Ok(false),
            },
            Next::Trailers => match self.lines.end(&self.buffer) {
                Ok(Some(length)) => {
                    self.follow(length, Next::Head);
                    self.end();
                    Ok(true)
                }
                Ok(None) => Ok(false),
                Err(_) => Err(malformed_chunk()),
            },
            Next::Anything => {
                self.checked = self.buffer.len();
                Ok(self.checked > 0)
            }
            Next::Nothing => Ok(false),
        }
    }

    fn check_head(&mut self) -> bool {
        let flaw = match self.lines.end(&self.buffer) {
            Ok(None) => return false,
            Ok(Some(length)) => match head::read(self.buffer.get(..length).unwrap_or_default()) {
                Ok(Framing::Length(body)) => {
                    self.follow(length, Next::Body(body));
                    return true;
                }
                Ok(Framing::Chunked) => {
                    let next = if Guard::Chunks.stands() { Next::ChunkSize } else { Next::Anything };
                    self.follow(length, next);
                    return true;
                }
                Err(flaw) => flaw,
            },
            Err(flaw) => flaw,
        };
        self.buffer = stand_in(flaw, &self.buffer);
        self.follow(self.buffer.len(), Next::Nothing);
        true
    }

    /// A size in hexadecimal digits and nothing else: what an extension of it means, nobody agrees upon.
    fn check_chunk_size(&mut self) -> io::Result<bool> {
        let digits = self.buffer.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
        if digits > CHUNK_DIGITS_MAX {
            return Err(malformed_chunk());
        }
        let (size, end) = self.buffer.split_at_checked(digits).ok_or_else(malformed_chunk)?;
        match end.get(..2) {
            Some(b"\r\n") => {
                let size = std::str::from_utf8(size).ok().and_then(|size| u64::from_str_radix(size, 16).ok());
                let next = match size.ok_or_else(malformed_chunk)? {
                    0 => Next::Trailers,
                    size => Next::Chunk(size),
                };
                self.follow(digits + 2, next);
                Ok(true)
            }
            None if matches!(end, b"" | b"\r") => Ok(false),
            Some(_) | None => Err(malformed_chunk()),
        }
    }

    /// Lets so many bytes through; lines begin anew after them.
    fn follow(&mut self, checked: usize, next: Next) {
        self.checked = checked;
        self.next = next;
        self.lines = Lines::default();
    }

    /// A request is whole, and to be answered.
    fn end(&mut self) {
        self.next = Next::Head;
        self.timer.asked();
    }

    /// An error once the caller has taken too long for its next head.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let read = self.poll_more(cx);
        if read.is_pending() && self.timer.is_over(cx, self.deadline.is_some()) {
            // Whoever is idle, and says nothing, hasn't asked anything either.
            self.is_head_late = self.is_within_head();
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }

    /// Lets through what is there of so many bytes, and says how many are left.
    fn let_through(&mut self, wanted: u64, buffered: u64) -> u64 {
        let through = wanted.min(buffered);
        self.checked = usize::try_from(through).unwrap_or(usize::MAX);
        wanted - through
    }

    /// Whether a head has begun to come that isn't whole yet.
    pub(super) fn is_within_head(&self) -> bool {
        self.next == Next::Head && !self.buffer.is_empty()
    }

    /// Whether the caller may still be sending what nobody will read.
    fn is_interrupted(&self) -> bool {
        match self.next {
            Next::Head | Next::Body(0) | Next::Anything => false,
            Next::Body(_)
            | Next::ChunkSize
            | Next::Chunk(_)
            | Next::ChunkEnd
            | Next::Trailers
            | Next::Nothing => true,
        }
    }

    /// An error once the caller has not taken for too long what is to be written.
    fn patient<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            return written;
        }
        let patience = self.patience;
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(patience)));
        deadline.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

fn malformed_chunk() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a malformed chunk")
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Strict<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if this.checked > 0 {
                let length = this.checked.min(out.remaining());
                out.put_slice(this.buffer.get(..length).unwrap_or_default());
                this.buffer.advance(length);
                this.checked -= length;
                return Poll::Ready(Ok(()));
            }
            if this.check()? {
                continue;
            }
            let read = match this.next {
                Next::Body(left) => {
                    let read = ready!(this.poll_through(cx, left, out))?;
                    this.next = Next::Body(left - read as u64);
                    return Poll::Ready(Ok(()));
                }
                Next::Chunk(left) => {
                    let read = ready!(this.poll_through(cx, left, out))?;
                    this.next = Next::Chunk(left - read as u64);
                    return Poll::Ready(Ok(()));
                }
                Next::Anything => return Pin::new(&mut this.stream).poll_read(cx, out),
                Next::Nothing => {
                    // The library waits for its own answer, and not for the end of the stream.
                    let _ = this.poll_away(cx);
                    return Poll::Pending;
                }
                Next::Head => ready!(this.poll_head(cx))?,
                Next::ChunkSize | Next::ChunkEnd | Next::Trailers => ready!(this.poll_more(cx))?,
            };
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Strict<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if written.is_ready() {
            self.timer.answered();
        }
        self.patient(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        if written.is_ready() {
            self.timer.answered();
        }
        self.patient(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        if flushed.is_ready() && !self.is_shut {
            // All of it is written: whatever comes next has its own time.
            self.deadline = None;
        }
        self.patient(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if !this.is_shut {
            // TLS says goodbye, which takes somebody to say it to.
            let shut = Pin::new(&mut this.stream).poll_shutdown(cx);
            ready!(this.patient(cx, shut))?;
            this.is_shut = true;
            this.deadline = None;
        }
        if !this.is_interrupted() {
            return Poll::Ready(Ok(()));
        }
        let deadline =
            this.deadline.get_or_insert_with(|| Box::pin(sleep(Guard::GoodbyeTime.bounds(LINGER))));
        if deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        this.poll_away(cx).map(Ok)
    }
}
