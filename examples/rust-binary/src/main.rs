//! Counts lines, words and bytes of standard input.

use std::io::{self, Read};
use std::process::ExitCode;

struct Tally {
    lines: usize,
    words: usize,
    bytes: usize,
}

fn tally(text: &[u8]) -> Tally {
    Tally {
        lines: text.iter().filter(|byte| **byte == b'\n').count(),
        words: text.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count(),
        bytes: text.len(),
    }
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        println!("tally {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    let mut text = Vec::new();
    match io::stdin().read_to_end(&mut text) {
        Ok(_) => {
            let Tally { lines, words, bytes } = tally(&text);
            println!("{lines} {words} {bytes}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tally: {error}");
            ExitCode::FAILURE
        }
    }
}
