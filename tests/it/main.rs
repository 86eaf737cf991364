//! The integration tests, in one binary.

#[cfg(test)]
mod bans;
#[cfg(test)]
mod client;
#[cfg(test)]
mod horizons;
#[cfg(test)]
mod language;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tidy;
