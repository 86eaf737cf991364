//! How many connections there may be, together and from one peer, so that none takes the places of all.

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::identity::Place;
use crate::sabotage::Guard;

/// The network that one subscriber of IPv6 has, with more addresses than anybody could count.
const IPV6_PREFIX: u32 = 64;

/// The places for the connections of a listener.
#[derive(Debug)]
pub(super) struct Slots {
    free: Arc<Semaphore>,
    per_peer_max: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// The place of one connection, free again once it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    /// None for whoever the file system let in: they all are one peer.
    holder: Option<IpAddr>,
    _free: OwnedSemaphorePermit,
}

impl Slots {
    pub(super) fn new(connections_max: usize, per_peer_max: usize) -> Arc<Slots> {
        let free = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        Arc::new(Slots { free, per_peer_max, taken: Mutex::default() })
    }

    /// A place, if there is one left, also for this peer.
    pub(super) fn take(self: &Arc<Slots>, place: Place) -> Option<Slot> {
        let free = Arc::clone(&self.free).try_acquire_owned().ok()?;
        let holder = holder(place);
        if let Some(holder) = holder {
            let mut taken = self.taken();
            let number = taken.entry(holder).or_default();
            if *number >= self.per_peer_max && Guard::PeerConnections.stands() {
                return None;
            }
            *number += 1;
        }
        Some(Slot { slots: Arc::clone(self), holder, _free: free })
    }

    /// Nothing in here is left half done by a panic.
    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(holder) = self.holder else { return };
        if let Entry::Occupied(mut number) = self.slots.taken().entry(holder) {
            *number.get_mut() -= 1;
            if *number.get() == 0 {
                number.remove();
            }
        }
    }
}

fn holder(place: Place) -> Option<IpAddr> {
    match place {
        Place::Address(IpAddr::V6(address)) => {
            let network = address.to_bits() & (u128::MAX << (128 - IPV6_PREFIX));
            Some(Ipv6Addr::from_bits(network).into())
        }
        Place::Address(address @ IpAddr::V4(_)) => Some(address),
        Place::Unix => None,
    }
}
