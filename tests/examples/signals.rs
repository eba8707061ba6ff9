//! Prints the signals of judged segments, to fit the weights of the risk to (`tests/examples/fit_risk.py`).
//!
//! The judged segments are a JSON list of objects with `id`, `from`, `to`, `line`, `source`, `mt` and `severity`. First
//! let the language model that made them say how probable it holds each token, which takes minutes; what it says of a
//! translation into the pivot also serves translations that went through it (`pt=en`). Dictionaries give one more sign:
//!
//! ```text
//! cargo run --release --example signals -- tokens judged.json model.gguf > tokens.jsonl
//! cargo run --release --example signals -- table judged.json tokens.jsonl e5-small-q4.bin pt=en it-en.tsv > table.tsv
//! ```

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use traghetto::checks::{self, Pair};
use traghetto::engine::embed::Embedder;
use traghetto::engine::{LlmEngine, LlmOptions, Message, Sampling, Scored};
use traghetto::pipeline::contexts;
use traghetto::prompt::Prompt;
use traghetto::risk::{self, Evidence, Leg};
use traghetto::translate::{Options, Repair, Source, question};
use traghetto::{Dictionaries, DictionaryFile, Error, ErrorKind, Lang};

/// A judged segment.
#[derive(Deserialize)]
struct Judged {
    id: String,
    from: Lang,
    to: Lang,
    line: usize,
    source: String,
    mt: String,
    severity: String,
}

/// How probable its tokens are: bytes and log-probability of each.
#[derive(Deserialize)]
struct Tokens {
    id: String,
    scores: Vec<(usize, f32)>,
}

fn main() -> Result<(), Error> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match &args[..] {
        ["tokens", judged, model] => tokens(&read(judged)?, Path::new(model)),
        ["table", judged, tokens, embedder, more @ ..] => {
            table(&read(judged)?, tokens, Path::new(embedder), more)
        }
        _ => Err(Error::new(
            ErrorKind::Usage,
            "usage: signals tokens JUDGED MODEL | table JUDGED TOKENS EMBEDDER [LANG=PIVOT | DICTIONARY]…",
        )),
    }
}

fn text(path: &str) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| Error::io("reading", path, error))
}

fn json<'t, T: Deserialize<'t>>(text: &'t str) -> Result<T, Error> {
    serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::Input, "not as expected").with_source(error))
}

fn read(path: &str) -> Result<Vec<Judged>, Error> {
    json(&text(path)?)
}

/// Forces the model through each translation, in batches of one pair of languages.
fn tokens(judged: &[Judged], model: &Path) -> Result<(), Error> {
    let engine = LlmEngine::load(model, LlmOptions::default())?;
    let (prompt, sampling) = (Prompt::builtin("translate")?, Sampling::default());
    for pair in judged.chunk_by(|a, b| (a.from, a.to) == (b.from, b.to)) {
        let sources: Vec<&str> = pair.iter().map(|one| one.source.as_str()).collect();
        let before = contexts(&sources);
        for (batch, contexts) in pair.chunks(15).zip(before.chunks(15)) {
            let mut chats: Vec<(Vec<Message>, &str)> = Vec::new();
            for (one, context) in batch.iter().zip(contexts) {
                let options = Options {
                    from: one.from,
                    to: one.to,
                    prompt: &prompt,
                    sampling: &sampling,
                    max_tokens: None,
                    candidates: 1,
                    repair: Repair::Auto,
                    terms: &[],
                    dictionary: None,
                };
                let source = Source {
                    text: &one.source,
                    context,
                    kept: &[],
                    common: &[],
                    linked: false,
                };
                chats.push((question(&source, &options)?, &one.mt));
            }
            for (one, scored) in batch.iter().zip(engine.force(&chats)?) {
                let scores: Vec<(usize, f32)> =
                    scored.iter().map(|one| (one.bytes, one.logprob)).collect();
                println!("{}", serde_json::json!({ "id": one.id, "scores": scores }));
            }
        }
    }
    Ok(())
}

fn table(judged: &[Judged], tokens: &str, embedder: &Path, more: &[&str]) -> Result<(), Error> {
    let (through, files): (Vec<&str>, Vec<&str>) = more.iter().partition(|one| one.contains('='));
    let files: Result<Vec<DictionaryFile>, Error> = files.iter().map(|file| file.parse()).collect();
    let dictionaries = Dictionaries::open(&files?)?;
    let embedder = Embedder::open(embedder, traghetto::device::default_threads())?;
    let mut scores: HashMap<String, Vec<Scored>> = HashMap::new();
    for line in text(tokens)?.lines() {
        let Tokens { id, scores: of } = json(line)?;
        let scored = of
            .into_iter()
            .map(|(bytes, logprob)| Scored { bytes, logprob });
        scores.insert(id, scored.collect());
    }
    let mut columns = vec!["id", "to", "line", "severity"];
    columns.extend(risk::names());
    println!("{}", columns.join("\t"));
    for one in judged {
        let pivot = through
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .find(|(to, _)| *to == one.to.code());
        // What the language model wrote: the translation, or that into the pivot.
        let written = match pivot {
            None => Some(one),
            Some((_, pivot)) => judged
                .iter()
                .find(|other| other.line == one.line && other.to.code() == pivot),
        };
        let sureness = written.and_then(|written| {
            let scored = scores.get(&written.id)?;
            Some((written, risk::sureness(&written.mt, scored, &written.mt)))
        });
        let leg = sureness.iter().map(|(written, sureness)| Leg {
            text: &written.mt,
            lang: written.to,
            sureness,
        });
        let legs: Vec<Leg<'_>> = leg.collect();
        let pair = Pair {
            source: &one.source,
            target: &one.mt,
            from: one.from,
            to: one.to,
        };
        let likeness = embedder.compare(&[(&one.source, &one.mt)])?.pop();
        let dictionary = dictionaries.between(one.from, one.to);
        let unrendered = dictionary.map(|known| known.unrendered(&one.source, &one.mt));
        let signals = risk::signals(&Evidence {
            pair,
            findings: &checks::check(&pair, &checks::Options::default()),
            likeness: likeness.as_ref(),
            legs: &legs,
            unrendered: unrendered.as_deref(),
        });
        let value = |name: &str| {
            let found = signals.iter().find(|(known, _)| *known == name);
            found.map_or(String::new(), |(_, value)| format!("{value:.5}"))
        };
        let mut row = vec![
            one.id.clone(),
            one.to.code().to_string(),
            one.line.to_string(),
            one.severity.clone(),
        ];
        row.extend(risk::names().map(value));
        println!("{}", row.join("\t"));
    }
    Ok(())
}
