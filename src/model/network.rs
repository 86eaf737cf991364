//! Sets of IP networks.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;

use crate::sabotage::Guard;

/// A set of networks, as sorted disjoint ranges of addresses. Conditions share it: a clone is no copy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks {
    /// As they were written.
    written: Arc<[IpNet]>,
    four: Arc<[(u32, u32)]>,
    six: Arc<[(u128, u128)]>,
}

/// Why a text is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    #[error("not an IP network")]
    Malformed,
    #[error("the address has bits beyond its prefix")]
    HostBits,
    #[error("an IPv4 network written as IPv6")]
    Mapped,
}

impl Networks {
    pub fn new(networks: &[IpNet]) -> Networks {
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                IpNet::V4(net) => four.push((net.network().to_bits(), net.broadcast().to_bits())),
                IpNet::V6(net) => six.push((net.network().to_bits(), net.broadcast().to_bits())),
            }
        }
        Networks { written: networks.into(), four: merged(four).into(), six: merged(six).into() }
    }

    /// The networks as they were written, for whoever evaluates them another way.
    pub fn written(&self) -> &[IpNet] {
        &self.written
    }

    /// Whether the address lies in one of the networks; an IPv4 address counts as one however it is written.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match ip.to_canonical() {
            IpAddr::V4(ip) => covers(&self.four, ip.to_bits()),
            IpAddr::V6(ip) => covers(&self.six, ip.to_bits()),
        }
    }
}

/// Reads `10.0.0.0/8`, or a single address; host bits and IPv4 networks in IPv6 clothes are refused.
pub fn parse_network(text: &str) -> Result<IpNet, NetworkError> {
    // Some read such a number as an octal one.
    if text.split_once('/').is_some_and(|(_, prefix)| prefix.len() > 1 && prefix.starts_with('0')) {
        return Err(NetworkError::Malformed);
    }
    let network = match text.parse::<IpNet>() {
        Ok(network) => network,
        Err(_) => IpNet::from(text.parse::<IpAddr>().map_err(|_| NetworkError::Malformed)?),
    };
    if Guard::HostBits.stands() && network.addr() != network.network() {
        return Err(NetworkError::HostBits);
    }
    if network.addr().to_canonical() != network.addr() {
        return Err(NetworkError::Mapped);
    }
    Ok(network)
}

fn merged<T: Copy + Ord>(mut ranges: Vec<(T, T)>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    let mut merged: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn covers<T: Copy + Ord>(ranges: &[(T, T)], address: T) -> bool {
    let after = ranges.partition_point(|(start, _)| *start <= address);
    after.checked_sub(1).and_then(|before| ranges.get(before)).is_some_and(|(_, end)| address <= *end)
}

#[cfg(test)]
mod tests;
