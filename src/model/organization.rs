//! Paths of organizations: `/`, `acme`, `acme/security`.

use super::limits::ORGANIZATION_DEPTH_MAX;

/// The path of the scope that covers all others.
pub const ROOT_PATH: &str = "/";

/// Whether a text is an organization's path: `/`, or segments that are neither empty nor `.` nor `..` and hold no
/// control characters, joined by `/`.
pub fn is_path(text: &str) -> bool {
    let segment =
        |part: &str| !part.is_empty() && part != "." && part != ".." && !part.chars().any(char::is_control);
    text == ROOT_PATH || (text.split('/').all(segment) && text.split('/').count() <= ORGANIZATION_DEPTH_MAX)
}

#[cfg(test)]
mod tests;
