//! The same segments with the same prompt: ours beside llama.cpp, which takes them one after another.
//!
//!     cargo bench --bench llamacpp -- --model MODEL.gguf --python PYTHON article FILE [--rounds N]
//!     cargo bench --bench llamacpp -- --model MODEL.gguf --python PYTHON lines FILE REFERENCE [--count N]
//!
//! `article` times whole processes, alternating: `traghetto translate` and a script that asks llama.cpp, loading
//! included on both sides. `lines` compares the greedy answers themselves, before any check or second attempt: how many
//! are equal, and BLEU and chrF of both. PYTHON needs the packages llama-cpp-python and sacrebleu.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use traghetto::article::{Article, Format};
use traghetto::engine::{
    ChatModel, ChatRequest, LlmEngine, LlmOptions, Message, Sampling, no_sink,
};
use traghetto::pipeline::contexts;
use traghetto::prompt::Prompt;
use traghetto::text::Lang;
use traghetto::translate::{Options, Repair, Source, question};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Ours beside llama.cpp.
#[derive(Parser)]
struct Arguments {
    /// The model, a GGUF file.
    #[arg(long)]
    model: PathBuf,
    /// A Python with llama-cpp-python and sacrebleu.
    #[arg(long)]
    python: PathBuf,
    /// Language of the text.
    #[arg(long, default_value = "it")]
    from: Lang,
    /// Language to translate into.
    #[arg(long, default_value = "en")]
    to: Lang,
    /// Threads of both sides.
    #[arg(long, default_value_t = traghetto::device::default_threads())]
    threads: usize,
    /// Set by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Time the translation of an article.
    Article {
        /// Plain text or Markdown.
        file: PathBuf,
        /// Runs of each side.
        #[arg(long, default_value_t = 5)]
        rounds: usize,
    },
    /// Compare answers line by line.
    Lines {
        /// One sentence a line.
        file: PathBuf,
        /// Their translations by people.
        reference: PathBuf,
        /// How many lines.
        #[arg(long, default_value_t = 200)]
        count: usize,
    },
}

/// What a chat model is asked for each text.
fn requests(texts: &[&str], arguments: &Arguments) -> Result<Vec<Vec<Message>>> {
    let prompt = Prompt::builtin("translate")?;
    let options = Options {
        from: arguments.from,
        to: arguments.to,
        prompt: &prompt,
        sampling: &Sampling::default(),
        max_tokens: None,
        candidates: 1,
        repair: Repair::Off,
        terms: &[],
        dictionary: None,
    };
    let contexts = contexts(texts);
    let sources = texts.iter().zip(&contexts);
    let questions = sources.map(|(&text, context)| {
        Ok(question(
            &Source {
                text,
                context,
                kept: &[],
                common: &[],
                linked: false,
            },
            &options,
        )?)
    });
    questions.collect()
}

/// A cap that no honest translation reaches.
const MAX_TOKENS: usize = 256;

/// Asks llama.cpp in a process of its own; the answers, and what the script measured.
fn llamacpp(arguments: &Arguments, requests: &[Vec<Message>]) -> Result<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench/llamacpp.py");
    let mut child = Command::new(&arguments.python)
        .arg(script)
        .arg(&arguments.model)
        .args([arguments.threads, MAX_TOKENS].map(|number| number.to_string()))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    serde_json::to_writer(child.stdin.take().ok_or("no pipe")?, requests)?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the llama.cpp script failed".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn article(arguments: &Arguments, file: &Path, rounds: usize) -> Result<Value> {
    let source = std::fs::read_to_string(file)?;
    let markdown = file.extension().is_some_and(|extension| extension == "md");
    let format = if markdown {
        Format::Markdown
    } else {
        Format::Text
    };
    let segments = Article::parse(source, format).segments(Some(arguments.from));
    let texts: Vec<&str> = segments
        .iter()
        .map(|segment| segment.text.as_str())
        .collect();
    let requests = requests(&texts, arguments)?;
    let folder = tempfile::tempdir()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        let status = Command::new(env!("CARGO_BIN_EXE_traghetto"))
            .args(["translate", "--quiet", "--offline", "--no-memory"])
            .args(["--from", arguments.from.code(), "--to", arguments.to.code()])
            .args(["--threads", &arguments.threads.to_string()])
            .arg("--model")
            .arg(&arguments.model)
            .arg("--output")
            .arg(folder.path().join("translation"))
            .arg(file)
            .status()?;
        if !status.success() {
            return Err("traghetto failed".into());
        }
        ours.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        llamacpp(arguments, &requests)?;
        theirs.push(started.elapsed().as_secs_f64());
    }
    Ok(json!({
        "segments": texts.len(),
        "traghetto_s": ours,
        "llamacpp_s": theirs,
        "ratio_of_medians": median(ours.clone()) / median(theirs.clone()),
    }))
}

fn lines(arguments: &Arguments, file: &Path, reference: &Path, count: usize) -> Result<Value> {
    let (texts, references) = (
        std::fs::read_to_string(file)?,
        std::fs::read_to_string(reference)?,
    );
    let texts: Vec<&str> = texts.lines().take(count).collect();
    let references: Vec<&str> = references.lines().take(count).collect();
    let requests = requests(&texts, arguments)?;

    let options = LlmOptions {
        threads: arguments.threads,
        ..LlmOptions::default()
    };
    let mut engine = LlmEngine::load(&arguments.model, options)?;
    let batch: Vec<ChatRequest> = requests
        .iter()
        .map(|messages| ChatRequest {
            messages: messages.clone(),
            sampling: Sampling::default(),
            max_tokens: MAX_TOKENS,
            stop: Vec::new(),
        })
        .collect();
    let started = Instant::now();
    let ours: Vec<String> = engine
        .generate(&batch, &mut no_sink())?
        .into_iter()
        .map(|generated| generated.text.trim().replace('\n', " "))
        .collect();
    let seconds = started.elapsed().as_secs_f64();
    drop(engine);

    let answer = llamacpp(arguments, &requests)?;
    let theirs: Vec<String> = serde_json::from_value(answer["texts"].clone())?;
    let equal = ours.iter().zip(&theirs).filter(|(a, b)| a == b).count();
    let mut scores = Vec::new();
    for hypotheses in [&ours, &theirs] {
        let script = "import json, sacrebleu, sys; hyp, ref = json.load(sys.stdin); print(json.dumps([\
                      sacrebleu.corpus_bleu(hyp, [ref]).score, sacrebleu.corpus_chrf(hyp, [ref]).score]))";
        let mut child = Command::new(&arguments.python)
            .args(["-c", script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        serde_json::to_writer(
            child.stdin.take().ok_or("no pipe")?,
            &(hypotheses, &references),
        )?;
        scores.push(serde_json::from_slice::<[f64; 2]>(
            &child.wait_with_output()?.stdout,
        )?);
    }
    Ok(json!({
        "lines": texts.len(),
        "equal": equal,
        "traghetto": {"bleu": scores[0][0], "chrf": scores[0][1], "seconds": seconds},
        "llamacpp": {"bleu": scores[1][0], "chrf": scores[1][1], "seconds": answer["seconds"]},
    }))
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let report = match &arguments.what {
        What::Article { file, rounds } => article(&arguments, file, *rounds)?,
        What::Lines {
            file,
            reference,
            count,
        } => lines(&arguments, file, reference, *count)?,
    };
    println!("{report:#}");
    Ok(())
}
