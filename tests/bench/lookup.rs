//! What prompt lookup gains: the same answers with and without it, alternating.
//!
//!     cargo bench --bench lookup -- MODEL.gguf ARTICLE [ROUNDS]
//!
//! Three jobs on the article's text: a summary, which quotes names and phrases; a copy with one change, which is
//! nearly all quotation; and a translation, where there is nothing to quote. Prints seconds, medians, their ratio, and how many
//! tokens were generated, drafted and accepted in all rounds.

use std::path::Path;
use std::time::Instant;

use serde_json::json;
use traghetto::engine::{
    ChatModel, ChatRequest, LlmEngine, LlmOptions, Message, Role, Sampling, no_sink,
};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const JOBS: [(&str, &str); 3] = [
    (
        "summary",
        "Summarise the article above in five sentences, quoting its words.",
    ),
    (
        "copy",
        "Write out the last two sentences of the article above, word for word.",
    ),
    (
        "translation",
        "Translate the first two sentences of the article above into English.",
    ),
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let [model, article, rest @ ..] = &arguments[..] else {
        return Err("usage: cargo bench --bench lookup -- MODEL.gguf ARTICLE [ROUNDS]".into());
    };
    let rounds = rest.first().map_or(Ok(5), |rounds| rounds.parse())?;
    let text = std::fs::read_to_string(article)?;
    let load = |lookup| {
        let options = LlmOptions {
            lookup,
            ..LlmOptions::default()
        };
        LlmEngine::load(Path::new(model), options)
    };
    let mut engines = [load(false)?, load(true)?];
    for (name, job) in JOBS {
        let request = ChatRequest {
            messages: vec![Message {
                role: Role::User,
                content: format!("{text}\n\n---\n{job}"),
            }],
            sampling: Sampling::default(),
            max_tokens: 200,
            stop: Vec::new(),
        };
        let before = engines[1].work();
        let mut seconds = [Vec::new(), Vec::new()];
        let mut answers = [String::new(), String::new()];
        // The first round reads the prompt, which the later ones find in the cache.
        for round in 0..=rounds {
            for ((engine, seconds), answer) in
                engines.iter_mut().zip(&mut seconds).zip(&mut answers)
            {
                let started = Instant::now();
                let generated = engine.generate(std::slice::from_ref(&request), &mut no_sink())?;
                if round > 0 {
                    seconds.push(started.elapsed().as_secs_f64());
                }
                *answer = generated.into_iter().map(|made| made.text).collect();
            }
        }
        assert_eq!(
            answers[0], answers[1],
            "prompt lookup must not change an answer"
        );
        let [without, with] = seconds.map(median);
        let work = engines[1].work();
        let report = json!({
            "job": name, "without_s": without, "with_s": with, "speedup": without / with,
            "generated": work.decode_tokens - before.decode_tokens,
            "drafted": work.drafted - before.drafted,
            "accepted": work.accepted - before.accepted,
        });
        println!("{report}");
    }
    Ok(())
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
