//! What it costs to find out who is asking: `cargo bench --bench identity`.
//!
//! `seen` is a token that was verified before, `new` one that nobody has seen, by its algorithm; `api key` is a key of a
//! hundred.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a benchmark without its tokens has nothing to measure"
)]

#[path = "../src/identity/forge.rs"]
mod forge;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use forge::{Signer, key_set};
use portcullis::config::{self, Flags};
use portcullis::identity::new_key;
use portcullis::model::Instant;
use portcullis::service::{Metrics, Tokens};
use serde_json::json;

const NOW: Instant = Instant::from_seconds(1_800_000_000);
const ALGORITHMS: [&str; 4] = ["ES256", "ES384", "EdDSA", "RS256"];

/// What tells a hundred keys and one issuer with a key for each algorithm.
fn tokens(signers: &[Signer], api_keys: &str) -> Tokens {
    let yaml = format!(
        "tokens:
- issuer: https://idp.example.com
  audiences: [portcullis]
  algorithms: [ES256, ES384, EdDSA, RS256]
  keys: jwks.json
  subject:
    id: sub
    organization: org
    roles: roles
    attributes: {{ email: email, department: dept }}
api_keys:
{api_keys}"
    );
    let file = ("portcullis.yaml", yaml);
    let config = config::load(Some(file), std::iter::empty(), Flags::default(), |_| Vec::new());
    let tokens = Tokens::new(&config.expect("a configuration"), &Metrics::new().expect("metrics"));
    let keys: Vec<_> = signers.iter().map(Signer::jwk).collect();
    tokens.issuers().iter().next().expect("an issuer").keys.look(key_set(&keys), NOW).expect("keys");
    tokens
}

/// As issuers make them: some hundred bytes.
fn claims(number: usize) -> serde_json::Value {
    json!({
        "iss": "https://idp.example.com", "aud": ["portcullis", "docs"], "sub": format!("user-{number}"),
        "iat": 1_799_999_990, "nbf": 1_799_999_990, "exp": 1_800_003_600, "jti": "5f3c9d1e-8c1b-4f4e-9c3d-2b1a0e9f8d7c",
        "email": "ada@example.com", "dept": "security", "org": "acme",
        "roles": ["hackai/viewer", "hackai/security_analyst"], "scope": "openid profile email",
    })
}

fn asking(criterion: &mut Criterion) {
    let signers = ALGORITHMS.map(|algorithm| Signer::new(algorithm, algorithm));
    let made: Vec<_> =
        (0..100).map(|number| (number, new_key(&format!("k{number}")).expect("a key"))).collect();
    let entries = made.iter().map(|(number, key)| {
        format!("- {{ id: k{number}, sha256: \"{}\", subject: \"service:k{number}\" }}\n", key.sha256)
    });
    let tokens = tokens(&signers, &entries.collect::<String>());

    let mut group = criterion.benchmark_group("identity");
    let token = signers[0].token(&claims(0));
    tokens.verify(&token, NOW).expect("a token");
    group.bench_function(BenchmarkId::new("seen", token.len()), |bench| {
        bench.iter(|| tokens.verify(black_box(&token), NOW).expect("a token"));
    });
    for signer in &signers {
        let token = signer.token(&claims(1));
        group.bench_function(BenchmarkId::new("new", signer.algorithm), |bench| {
            bench.iter(|| tokens.issuers().verify(black_box(&token), NOW).expect("a token"));
        });
    }
    let (_, key) = made.last().expect("a key");
    group.bench_function("api key", |bench| {
        bench.iter(|| tokens.api_key(black_box(&key.key), NOW).expect("a key"));
    });
    group.finish();
}

criterion_group!(benches, asking);
criterion_main!(benches);
