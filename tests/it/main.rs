//! All integration tests in one binary, so that there is one link. One module a subject.

mod article;
mod causal;
mod causal_exact;
mod causal_real;
mod chat;
mod checks;
mod cli;
mod faithful;
mod ferry;
mod formats;
mod house;
mod hub;
mod languages;
mod llm_real;
mod memory;
mod outputs;
mod registry;
mod schema;
mod sentencepiece;
mod seq2seq;
mod seq2seq_product;
mod student;
mod student_real;
mod support;
mod tokenizer;
mod tokenizer_real;
