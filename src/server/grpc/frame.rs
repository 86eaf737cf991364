//! How gRPC puts a message into a body: a byte that says whether it is packed, its length, and the message.

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;

use crate::sabotage::Guard;

const PREFIX_BYTES: usize = 5;

/// The one message of a body; none if there is none, or more, or it is packed.
pub(super) fn read<M: Message + Default>(body: &[u8]) -> Option<M> {
    let ([is_packed, length @ ..], message) = body.split_first_chunk::<PREFIX_BYTES>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    if (*is_packed != 0 || length != message.len()) && Guard::CallForm.stands() {
        return None;
    }
    M::decode(message).ok()
}

pub(super) fn write(message: &impl Message) -> Bytes {
    let length = message.encoded_len();
    let mut body = BytesMut::with_capacity(PREFIX_BYTES + length);
    body.put_u8(0);
    // An answer is made of a head of a few kilobytes.
    body.put_u32(u32::try_from(length).unwrap_or(u32::MAX));
    // There is always room: such a buffer grows.
    let _ = message.encode(&mut body);
    body.freeze()
}
