//! Networks that lie in another of the same list.

use std::collections::HashMap;

use ipnet::IpNet;

use super::Written;
use crate::document::{Code, Diagnostic};
use crate::language::check::report::Report;
use crate::language::syntax::tree::Name;
use crate::model::network::parse_network;

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    for declared in &written.declarations.networks {
        let mut first: HashMap<IpNet, Name<'_>> = HashMap::new();
        for address in &declared.node.addresses {
            let Ok(network) = parse_network(address.text) else { continue };
            if let Some(other) = first.get(&network) {
                report.add(covered(*address, *other, "stands here twice"));
            } else {
                first.insert(network, *address);
            }
        }
        for (network, address) in &first {
            let mut above = std::iter::successors(network.supernet(), IpNet::supernet);
            if let Some(other) = above.find_map(|above| first.get(&above)) {
                report.add(covered(*address, *other, "lies in another network of this list"));
            }
        }
    }
}

fn covered(address: Name<'_>, other: Name<'_>, what: &str) -> Diagnostic {
    Diagnostic::warning(Code::Overlap, format!("`{}` {what}", address.text))
        .at(address.span, "")
        .related(other.span, "this one")
        .help("take it out, or write the one that is meant")
}
