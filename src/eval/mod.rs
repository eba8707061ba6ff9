//! Scoring translations and summaries against what people wrote: the metrics of sacrebleu and rouge-score to the last digit,
//! tests of chance, the worst segments, and reports.
//!
//! A file uses only those below it: `page`, `table` → `evaluation` → `report` → `significance`; `name` → `bleu`, `chrf`, `ter`,
//! `rouge`, `model` → `metric`; and `tokenize`, `ngrams`, `porter`, `random`, `diff` → `words`. `input` reads files.

mod bleu;
mod chrf;
mod diff;
mod evaluation;
mod input;
mod metric;
mod model;
mod name;
mod ngrams;
mod page;
mod porter;
mod random;
mod report;
mod rouge;
mod significance;
mod table;
mod ter;
mod tokenize;
mod words;

pub use evaluation::{Evaluation, Segment};
pub use input::{Input, Lines};
pub use metric::{Metric, Pair};
pub use name::{MetricName, Wanted};
pub use page::page;
pub use report::{Report, Told};
pub use significance::Test;
pub use table::{csv, text};
pub use tokenize::{TOKENIZERS, Tokenizer};
