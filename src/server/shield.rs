//! A defect of ours in the answer to one request is a denial of that request, and nothing else.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use crate::service::Service;

/// Does the work; nothing comes of it if it panics. It stays where it is: moving it would take longer than most of it.
pub(super) async fn shielded<T>(service: &Service, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    poll_fn(|cx| match service.shielded(|| work.as_mut().poll(cx)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}
