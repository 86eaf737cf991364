//! The integration tests, in one binary.

#[cfg(test)]
mod access;
#[cfg(test)]
mod allocation;
#[cfg(test)]
mod apps;
#[cfg(test)]
mod bans;
#[cfg(test)]
mod cached;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod client;
#[cfg(test)]
mod diagnostics;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod fmt;
#[cfg(test)]
#[path = "../../src/identity/forge.rs"]
mod forge;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod grammar;
#[cfg(test)]
mod grpc;
#[cfg(test)]
mod horizons;
#[cfg(test)]
mod language;
#[cfg(test)]
mod logged;
#[cfg(test)]
mod mutants;
#[cfg(test)]
mod nginx;
#[cfg(test)]
mod oidc;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pep;
#[cfg(test)]
mod process;
#[cfg(test)]
mod prometheus;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod sabotage;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod server;
#[cfg(test)]
mod threats;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod tls;
#[cfg(test)]
#[path = "../../benches/engine/workload.rs"]
mod workload;
