//! The client's address in `X-Forwarded-For`, to which every proxy on the way adds the address that it was asked from.
//!
//! Only what proxies of ours have added can be believed, and that stands on the right. What a client made up stands on
//! the left of it.

#[cfg(test)]
#[path = "client_address_tests.rs"]
mod tests;

use crate::config::TrustedPeers;
use crate::model::limits::FORWARDED_ADDRESSES_MAX;
use crate::model::value::read_ip;
use crate::sabotage::Guard;

/// The address that was there before the first of our proxies added one. `hops` counts them, the one that asks included: it
/// adds the last address, and before it stand those that the others added, each a trusted peer's own. None if an entry is
/// no address, there are too many, or all are of proxies, so that there is no client.
pub(super) fn client<'a>(forwarded_for: &'a str, trusted: &TrustedPeers, hops: usize) -> Option<&'a str> {
    let mut client = None;
    let mut skipped = 1;
    let mut count = 0;
    for entry in forwarded_for.rsplit(',') {
        let entry = entry.trim_matches([' ', '\t']);
        let address = read_ip(entry)?;
        count += 1;
        if Guard::AddressCount.stands() && count > FORWARDED_ADDRESSES_MAX {
            return None;
        }
        if client.is_some() {
            continue;
        }
        if !Guard::NearestAddress.stands() {
            client = forwarded_for.split(',').next();
        } else if skipped < hops && trusted.networks.contains(address) {
            skipped += 1;
        } else {
            client = Some(entry);
        }
    }
    client
}
