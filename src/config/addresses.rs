//! What the addresses to listen on have to be like together.

use super::Listener;
use super::load::{Origin, told};
use crate::document::{Code, Problems};

/// Which other machines may be let in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remote {
    pub(super) is_allowed: bool,
    /// Whether whoever connects by TLS has to prove who they are.
    pub(super) has_certificates: bool,
    /// Whether whoever asks for decisions has to show who they are.
    pub(super) has_callers: bool,
}

/// No address twice, and none that others reach unless that is wanted. The first are for decisions, and the last is the
/// operators'.
pub(super) fn check(all: &[&(Listener, Origin)], remote: Remote, problems: &mut Problems) {
    let decisions = all.len().saturating_sub(1);
    for (index, (listener, origin)) in all.iter().enumerate() {
        let repeated = all.iter().take(index).any(|(other, _)| is_same_place(other, listener));
        if repeated && !is_any_port(listener) {
            let message = format!("`{listener}` is listened on twice");
            let help = "each address once, for decisions or for administration";
            problems.push(told(origin, Code::ConfigRepeated, &message).help(help));
        }
        // What is shown may be read by nobody on the way.
        let knows_callers =
            (remote.has_certificates || remote.has_callers) && matches!(listener, Listener::Tls(_));
        if !remote.is_allowed && !knows_callers && is_remote(listener) {
            let message = format!("other machines can reach `{listener}`");
            let help = if index < decisions {
                "listen on a loopback address or a Unix socket, or by `tls:` with `tls_client: required` or with `callers`, or write `allow_remote: true` if it is wanted"
            } else {
                "listen on a loopback address or a Unix socket, or write `allow_remote: true` if it is wanted: whoever asks for health and metrics shows nothing"
            };
            problems.push(told(origin, Code::ConfigRemote, &message).help(help));
        }
    }
}

fn is_remote(listener: &Listener) -> bool {
    match listener {
        Listener::Tcp(address) | Listener::Tls(address) => !address.ip().to_canonical().is_loopback(),
        Listener::Unix(_) => false,
    }
}

/// Port 0 stands for whichever is free, so it is never the same twice.
fn is_any_port(listener: &Listener) -> bool {
    matches!(listener, Listener::Tcp(address) | Listener::Tls(address) if address.port() == 0)
}

/// Of one address there is one port, whatever is spoken on it.
fn is_same_place(one: &Listener, other: &Listener) -> bool {
    match (one, other) {
        (Listener::Tcp(one) | Listener::Tls(one), Listener::Tcp(other) | Listener::Tls(other)) => {
            one == other
        }
        (Listener::Unix(one), Listener::Unix(other)) => one == other,
        (Listener::Unix(_), _) | (_, Listener::Unix(_)) => false,
    }
}
