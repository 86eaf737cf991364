//! What the rounds come to: a table while they run, and a file for the plot.

use std::fmt::Write as _;
use std::fs;

use crate::Round;
use crate::client::Transport;
use crate::question::Question;
use crate::servers::Server;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/load.csv");

const HEAD: &str = "transport,path,connections,pace,server,requests/s,ratio,p50 us,p99 us,p99 ratio,p99.9 us,CPU us,\
                    CPU ratio,MiB,load average\n";

pub struct Report {
    csv: String,
}

/// What a row is called: words to choose it by, in columns.
pub fn name(transport: Transport, path: &str, connections: usize, pace: Option<u32>) -> String {
    let pace = pace.map_or("-".to_owned(), |pace| format!("paced {pace}"));
    format!("{:4}  {path:21}  {connections:5}  {pace:10}", format!("{transport:?}").to_lowercase())
}

impl Report {
    pub fn new() -> Report {
        let figures = ["req/s", "ratio", "p50 us", "p99", "ratio", "p99.9", "CPU us", "ratio", "MiB", "load"];
        let widths = [6, 5, 7, 7, 5, 7, 6, 5, 5, 5];
        let columns = figures.iter().zip(widths).map(|(figure, width)| format!("{figure:>width$}"));
        let columns: Vec<String> = columns.collect();
        println!("\n{:4}  {:21}  {:>5}  {:10}  {:10}  {}", "", "", "conns", "", "", columns.join("  "));
        Report { csv: HEAD.to_owned() }
    }

    /// A line for each server; the first is what the others are compared with.
    pub fn row(&mut self, name: &str, servers: &[(&Server, &Question)], rounds: &[Vec<Round>]) {
        let bare = &rounds[0];
        for ((server, _), rounds) in servers.iter().zip(rounds) {
            let middle = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
            // Each round beside the other server's next to it, so that what else the machine does concerns both.
            let ratio = |figure: &dyn Fn(&Round) -> f64| {
                median(rounds.iter().zip(bare).map(|(one, bare)| figure(one) / figure(bare)).collect())
            };
            let per_second = |round: &Round| round.asked.per_second();
            let slow = |round: &Round| round.asked.microseconds_of(990);
            let processor = |round: &Round| round.processor_microseconds;
            let figures = [
                format!("{:6.0}", middle(&per_second)),
                format!("{:5.2}", ratio(&per_second)),
                format!("{:7.0}", middle(&|round| round.asked.microseconds_of(500))),
                format!("{:7.0}", middle(&slow)),
                format!("{:5.2}", ratio(&slow)),
                format!("{:7.0}", middle(&|round| round.asked.microseconds_of(999))),
                format!("{:6.1}", middle(&processor)),
                format!("{:5.2}", ratio(&processor)),
                format!("{:5.1}", server.resident()),
                format!("{:5}", load_average()),
            ];
            println!("{name}  {:10}  {}", server.name, figures.join("  "));
            let row: Vec<&str> = name.split_whitespace().filter(|word| *word != "paced").collect();
            let figures = figures.map(|figure| figure.trim().to_owned());
            writeln!(self.csv, "{},{},{}", row.join(","), server.name, figures.join(",")).expect("a text");
        }
    }

    pub fn write(&self) {
        fs::write(FILE, &self.csv).expect("a file");
        println!("\nwritten: benches/load.csv");
    }
}

/// How many processes wanted a processor in the last minute, those that are measured among them.
fn load_average() -> String {
    let averages = fs::read_to_string("/proc/loadavg").expect("a system that tells");
    averages.split(' ').next().expect("a number").to_owned()
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
