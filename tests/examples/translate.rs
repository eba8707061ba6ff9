//! Translates a file into a language and tells what to double-check:
//! `cargo run --release --example translate -- articolo.md en article.md`.
//!
//! `TRAGHETTO_STORE` may name the folder of the model store, as for the program.

use traghetto::{Document, Error, ErrorKind, Lang, Translator};

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, into] = args.as_slice() else {
        return Err(Error::new(
            ErrorKind::Usage,
            "usage: translate FILE LANGUAGE OUTPUT",
        ));
    };
    let mut builder = Translator::builder().to(to.parse::<Lang>()?).offline(true);
    if let Some(store) = std::env::var_os("TRAGHETTO_STORE") {
        builder = builder.store(store);
    }
    let mut translator = builder.build()?;
    let out = translator.translate_document(&Document::open(from)?)?;
    eprintln!("{}", out.route());
    for segment in out.segments() {
        for finding in &segment.findings {
            eprintln!("{finding}\n  {}\n  {}", segment.source, segment.text);
        }
    }
    out.write(into)
}
