//! How gRPC puts a message into a body: a byte that says whether it is packed, its length, and the message.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use super::written::Written;
use crate::sabotage::Guard;

const PREFIX_BYTES: usize = 5;
/// Most answers are shorter.
const USUAL_BYTES: usize = 1024;

/// The one message of a body; none if there is none, or more, or it is packed.
pub(super) fn read<M: Message + Default>(body: &[u8]) -> Option<M> {
    let ([is_packed, length @ ..], message) = body.split_first_chunk::<PREFIX_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if (*is_packed != 0 || length != message.len()) && Guard::CallForm.stands() {
        return None;
    }
    M::decode(message).ok()
}

/// The body with the message that is written by `write`.
pub(super) fn written(write: impl FnOnce(&mut Written)) -> Bytes {
    let mut message = Written::with_capacity(USUAL_BYTES);
    write(&mut message);
    let message = message.into_bytes();
    let mut body = BytesMut::with_capacity(PREFIX_BYTES + message.len());
    body.put_u8(0);
    // An answer is made of a head of a few kilobytes.
    body.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    body.put_slice(&message);
    body.freeze()
}
