//! What the engine's steps cost.

mod workload;

fn main() {
    let _ = (workload::policy(0), workload::facts());
}
