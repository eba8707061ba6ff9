//! Engines: tokenizer + architecture + device = something that turns text into hypotheses. An engine never sees an
//! article; it gets a batch of requests and gives back one [`Generated`] a request, in the same order.

mod align;
mod answer;
mod answers;
mod chat;
mod checkpoint;
mod comet;
mod dialogue;
pub mod embed;
mod forced;
mod load;
mod measured;
mod metricx;
mod model;
mod quantize;
mod seq2seq;
mod split;
mod student;
mod talk;
mod template;

pub use chat::{LlmEngine, LlmOptions};
pub use checkpoint::ChatFiles;
pub use comet::Comet;
pub use load::{
    Compute, Seq2SeqChoice, can_run, check_runs, is_seq2seq, load, obtain, reads_prompts, runs_on,
    seq2seq_parts,
};
pub use metricx::Metricx;
pub use model::{
    Alternative, ChatModel, ChatRequest, Engine, Event, Generated, Load, Measured, Scored, Sink,
    SummaryModel, Timings, TranslationModel, no_sink,
};
pub use quantize::Quantize;
pub use seq2seq::{Seq2SeqEngine, Seq2SeqFiles, Seq2SeqModel, Seq2SeqOptions};
pub use student::{StudentEngine, StudentFiles, StudentOptions};
pub use template::{ChatTemplate, today};

pub use crate::decode::{Finish, Sampling};
pub use crate::nn::attention::KvType;
pub use crate::nn::dense::Precision;
pub use crate::prompt::{Message, Role};
