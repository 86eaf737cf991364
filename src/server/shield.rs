//! A defect of ours in the answer to one request is a denial of that request, and nothing else.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use crate::service::Service;

/// Does the work; nothing comes of it if it panics.
pub(super) async fn shielded<T>(service: &Service, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| match service.shielded(|| work.as_mut().poll(cx)) {
        Some(poll) => poll.map(Some),
        None => Poll::Ready(None),
    })
    .await
}
