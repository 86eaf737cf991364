//! One value of the configuration, from its text. Each reader says in a sentence what is wrong.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::{AccessLog, CacheMode, LOGIN_PLACEHOLDER, Listener, LogLevel, QueryParameter, TlsClient};
use crate::document::suggest;
use crate::model::network::{NetworkError, parse_network};

/// What is wrong with a value, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) message: String,
    pub(super) help: String,
}

/// The longest path the operating system takes for a Unix socket, without its final zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
const HEADER_BYTES_MAX: usize = 1_024;

fn wrong<T>(message: impl Into<String>, help: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { message: message.into(), help: help.into() })
}

pub(super) fn path(text: &str) -> Result<PathBuf, Wrong> {
    if text.is_empty() || text.contains('\0') {
        return wrong("a path is needed", "write the directory that holds the policies");
    }
    Ok(PathBuf::from(text))
}

/// A file, or nothing for no text.
pub(super) fn file(text: &str) -> Result<Option<PathBuf>, Wrong> {
    if text.contains('\0') {
        return wrong("that is not the path of a file", "write one as `/etc/portcullis/tls.crt`");
    }
    Ok((!text.is_empty()).then(|| PathBuf::from(text)))
}

/// `127.0.0.1:8181`, `tls:127.0.0.1:8443` or `unix:/run/portcullis.sock`.
pub(super) fn listener(text: &str) -> Result<Listener, Wrong> {
    let Some(path) = text.strip_prefix("unix:") else {
        let (address, listener): (_, fn(SocketAddr) -> Listener) = match text.strip_prefix("tls:") {
            Some(address) => (address, Listener::Tls),
            None => (text, Listener::Tcp),
        };
        return match address.parse::<SocketAddr>() {
            Ok(address) => Ok(listener(address)),
            Err(_) => wrong(
                format!("`{text}` is nothing to listen on"),
                "write an IP address with a port, as `127.0.0.1:8181` or `[::1]:8181`, perhaps after `tls:`, or `unix:` and a path",
            ),
        };
    };
    if !path.starts_with('/') || path.ends_with('/') || path.contains('\0') {
        return wrong(
            format!("`{path}` is not the path of a socket"),
            "write it from the root, as `unix:/run/p.sock`",
        );
    }
    if path.len() > SOCKET_PATH_BYTES_MAX {
        let message = format!("the path of a socket has at most {SOCKET_PATH_BYTES_MAX} bytes");
        return wrong(message, "choose a shorter one");
    }
    Ok(Listener::Unix(PathBuf::from(path)))
}

/// What health and metrics are asked on.
pub(super) fn admin(text: &str) -> Result<Listener, Wrong> {
    match listener(text)? {
        Listener::Tls(address) => wrong(
            format!("`{text}`: health and metrics are asked for without TLS"),
            format!("write `{address}`, or `unix:` and a path"),
        ),
        listener @ (Listener::Tcp(_) | Listener::Unix(_)) => Ok(listener),
    }
}

/// `0660`.
pub(super) fn socket_mode(text: &str) -> Result<u32, Wrong> {
    let is_octal = (3..=4).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    match u32::from_str_radix(text, 8) {
        Ok(mode) if is_octal && mode <= 0o777 => Ok(mode),
        _ => wrong(format!("`{text}` is not a file mode"), "write permission bits in octal, as `\"0660\"`"),
    }
}

/// A network, or nothing for the word `unix`.
pub(super) fn peer(text: &str) -> Result<Option<ipnet::IpNet>, Wrong> {
    if text == "unix" {
        return Ok(None);
    }
    match parse_network(text) {
        Ok(network) => Ok(Some(network)),
        Err(NetworkError::Malformed) => wrong(
            format!("`{text}` is not an IP network"),
            "write a network as `10.0.0.0/8`, a single address, or the word `unix`",
        ),
        Err(error @ NetworkError::HostBits) => {
            wrong(format!("`{text}`: {error}"), "write the network's own address, or leave the prefix out")
        }
        Err(error @ NetworkError::Mapped) => {
            wrong(format!("`{text}`: {error}"), "write it as IPv4: it covers both ways of writing")
        }
    }
}

/// The name of an HTTP header.
pub(super) fn header_name(text: &str) -> Result<String, Wrong> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if text.is_empty() || text.len() > HEADER_BYTES_MAX || !text.bytes().all(is_token) {
        return wrong(format!("`{text}` is not the name of a header"), "write one as `X-Original-Subject`");
    }
    // Another spelling of such a name is refused in requests, so nobody would ever be named by it.
    let folded: String =
        text.chars().map(|one| if one.is_ascii_alphanumeric() { one } else { '-' }).collect();
    let is_ours = folded.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS));
    if is_ours || SPOKEN_FOR.iter().any(|taken| taken.eq_ignore_ascii_case(&folded)) {
        return wrong(format!("`{text}` says something else already"), "write one as `X-Original-Subject`");
    }
    Ok(text.to_owned())
}

/// The name of an HTTP header; nothing is none.
pub(super) fn some_header_name(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() { Ok(None) } else { header_name(text).map(Some) }
}

/// Headers that can't name a subject: the request is read from them, or HTTP itself is.
const SPOKEN_FOR: [&str; 20] = [
    "Accept",
    "Authorization",
    "Connection",
    "Content-Length",
    "Cookie",
    "Host",
    "Transfer-Encoding",
    "User-Agent",
    "X-API-Key",
    "X-Forwarded-Client-Cert",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Method",
    "X-Forwarded-Proto",
    "X-Forwarded-Uri",
    "X-Original-Host",
    "X-Original-IP",
    "X-Original-Method",
    "X-Original-Proto",
    "X-Original-URI",
];

/// How the headers begin that Portcullis itself has.
const OURS: &str = "portcullis-";

/// The value of an HTTP header.
pub(super) fn header_value(text: &str) -> Result<String, Wrong> {
    let is_visible = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    let is_trimmed = text.trim() == text && !text.is_empty();
    if !is_trimmed || text.len() > HEADER_BYTES_MAX || !text.bytes().all(is_visible) {
        return wrong(format!("`{text}` is not the value of a header"), "write visible ASCII, as `Bearer`");
    }
    Ok(text.to_owned())
}

/// `https://pdp.example.com` or `https://example.com/pdp`; nothing is none.
pub(super) fn public_url(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let help = "write it as `https://pdp.example.com`";
    let Some(rest) = text.strip_prefix("https://") else {
        return wrong(format!("`{text}` is not an https address"), help);
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte);
    let host = rest.split('/').next().unwrap_or("");
    if host.is_empty() || !rest.bytes().all(is_plain) {
        return wrong(format!("`{text}` is not a host and a path, without a query or a fragment"), help);
    }
    if text.ends_with('/') {
        return wrong(
            format!("`{text}` ends in a `/`"),
            "leave it out: clients compare the address as it is",
        );
    }
    Ok(Some(text.to_owned()))
}

/// `https://id.example.com/login?to={url}`, or a path on the same host; nothing is none.
pub(super) fn login_url(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let help = format!("write it as `https://id.example.com/login?to={LOGIN_PLACEHOLDER}`");
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let host = text.strip_prefix("https://").and_then(|rest| rest.split(['/', '?']).next());
    if !is_path && host.is_none_or(str::is_empty) {
        return wrong(format!("`{text}` is neither an https address nor a path"), help);
    }
    let (before, after) = text.split_once(LOGIN_PLACEHOLDER).unwrap_or((text, LOGIN_PLACEHOLDER));
    if after.contains(LOGIN_PLACEHOLDER) || !before.contains('?') {
        let message = format!("`{text}` doesn't have `{LOGIN_PLACEHOLDER}` in its query, just once");
        return wrong(message, help);
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte);
    if !before.bytes().chain(after.bytes()).all(is_plain) || text.len() > HEADER_BYTES_MAX {
        return wrong(
            format!("`{text}` has characters that stand in no address, or a fragment, or is too long"),
            help,
        );
    }
    Ok(Some(text.to_owned()))
}

/// The name of an obligation.
pub(super) fn obligation(text: &str) -> Result<String, Wrong> {
    if is_identifier(text) {
        return Ok(text.to_owned());
    }
    wrong(
        format!("`{text}` is not the name of an obligation"),
        "write it as a rule does: `oblige notify` is `notify`",
    )
}

pub(super) fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// `user` or `hackai/user`.
pub(super) fn type_name(text: &str) -> Result<String, Wrong> {
    let (package, name) = text.split_once('/').unwrap_or(("_", text));
    if !is_identifier(package) || !is_identifier(name) {
        return wrong(format!("`{text}` is not the name of a type"), "write it as `user` or `hackai/user`");
    }
    Ok(text.to_owned())
}

pub(super) fn log_level(text: &str) -> Result<LogLevel, Wrong> {
    let level = LogLevel::ALL.into_iter().find(|level| level.text() == text);
    level.map_or_else(|| none_of(text, "a log level", &LogLevel::ALL.map(LogLevel::text)), Ok)
}

pub(super) fn access_log(text: &str) -> Result<AccessLog, Wrong> {
    let log = AccessLog::ALL.into_iter().find(|log| log.text() == text);
    log.map_or_else(|| none_of(text, "what is logged of decisions", &AccessLog::ALL.map(AccessLog::text)), Ok)
}

pub(super) fn tls_client(text: &str) -> Result<TlsClient, Wrong> {
    let client = TlsClient::ALL.into_iter().find(|client| client.text() == text);
    let what = "whether clients have to show a certificate";
    client.map_or_else(|| none_of(text, what, &TlsClient::ALL.map(TlsClient::text)), Ok)
}

pub(super) fn query_parameter(text: &str) -> Result<QueryParameter, Wrong> {
    let parameter = QueryParameter::ALL.into_iter().find(|parameter| parameter.text() == text);
    let what = "something that an application is told";
    parameter.map_or_else(|| none_of(text, what, &QueryParameter::ALL.map(QueryParameter::text)), Ok)
}

pub(super) fn cache_mode(text: &str) -> Result<CacheMode, Wrong> {
    let mode = CacheMode::ALL.into_iter().find(|mode| mode.text() == text);
    mode.map_or_else(|| none_of(text, "a way to use the cache", &CacheMode::ALL.map(CacheMode::text)), Ok)
}

fn none_of<T>(text: &str, what: &str, names: &[&str]) -> Result<T, Wrong> {
    wrong(
        format!("`{text}` is not {what}"),
        suggest::did_you_mean(text, names.iter().copied())
            .unwrap_or_else(|| format!("it is one of `{}`", names.join("`, `"))),
    )
}

/// A whole number within its bounds.
pub(super) fn number(text: &str, bounds: RangeInclusive<u64>, unit: &str) -> Result<u64, Wrong> {
    let (least, most) = (bounds.start(), bounds.end());
    match text.parse::<u64>() {
        Ok(number) if bounds.contains(&number) => Ok(number),
        _ => wrong(
            format!("`{text}` is not a number of {unit} from {least} to {most}"),
            "write digits without a unit",
        ),
    }
}

pub(super) fn truth(text: &str) -> Result<bool, Wrong> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => wrong(format!("`{text}` is neither `true` nor `false`"), "write one of them"),
    }
}
