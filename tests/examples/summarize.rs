//! Summarises a file in its own language or another:
//! `cargo run --release --example summarize -- article.md [LANGUAGE]`.
//!
//! `TRAGHETTO_STORE` may name the folder of the model store, as for the program.

use traghetto::{Document, Error, ErrorKind, Lang, Length, Summarizer};

fn main() -> Result<(), Error> {
    let mut args = std::env::args().skip(1);
    let file = args
        .next()
        .ok_or_else(|| Error::new(ErrorKind::Usage, "usage: summarize FILE [LANGUAGE]"))?;
    let mut builder = Summarizer::builder().length(Length::SHORT).offline(true);
    if let Some(lang) = args.next() {
        builder = builder.to(lang.parse::<Lang>()?);
    }
    if let Some(store) = std::env::var_os("TRAGHETTO_STORE") {
        builder = builder.store(store);
    }
    let summary = builder
        .build()?
        .summarize_document(&Document::open(file)?)?;
    println!("{}", summary.text());
    eprintln!("by {}", summary.model());
    for finding in summary.findings() {
        eprintln!("{finding}");
    }
    Ok(())
}
