//! Translates with a model file of your own, such as a GGUF of llama.cpp, and shows the work as it goes:
//! `cargo run --release --example own_model -- model.gguf en "Il governo ha smentito."`.

use traghetto::{Error, ErrorKind, Lang, Observer, Progress, Silent, Translator};

/// Tells on standard error what is done.
struct Notes;

impl Observer for Notes {
    fn note(&self, line: &str) {
        eprintln!("{line}");
    }
    fn warn(&self, line: &str) {
        eprintln!("warning: {line}");
    }
    fn downloads(&self) -> &dyn Progress {
        &Silent
    }
    fn begin_segments(&self, what: &str, segments: usize) {
        eprintln!("{what}: {segments} segments");
    }
    fn segment_done(&self) {}
    fn end_segments(&self) {}
}

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [model, to, text] = args.as_slice() else {
        return Err(Error::new(
            ErrorKind::Usage,
            "usage: own_model FILE LANGUAGE TEXT",
        ));
    };
    let mut translator = Translator::builder()
        .to(to.parse::<Lang>()?)
        .model(model)
        .observer(Notes)
        .build()?;
    let out = translator.translate(text)?;
    println!("{}", out.text());
    Ok(())
}
