//! Checks translations that are there already: reads lines of a source, a tab and its translation from standard input.
//! Needs no model: `cargo run --release --example check_pairs -- it en < pairs.tsv`.

use std::io::BufRead;

use traghetto::{Error, ErrorKind, Lang, check};

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = args.as_slice() else {
        return Err(Error::new(ErrorKind::Usage, "usage: check_pairs FROM TO"));
    };
    let (from, to): (Lang, Lang) = (from.parse()?, to.parse()?);
    for (n, line) in std::io::stdin().lock().lines().enumerate() {
        let line = line.map_err(|error| Error::io("reading", "standard input", error))?;
        let Some((source, target)) = line.split_once('\t') else {
            let message = format!("line {} has no tab", n + 1);
            return Err(Error::new(ErrorKind::Input, message));
        };
        for finding in check(source, target, from, to) {
            println!("{}: {finding}", n + 1);
        }
    }
    Ok(())
}
