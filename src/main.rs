//! Parse the command line, run the verb.

fn main() {}
