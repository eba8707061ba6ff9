//! All integration tests in one binary, so that there is one link. One module a subject.

mod causal;
mod causal_real;
mod chat;
mod llm_real;
mod tokenizer;
mod tokenizer_real;
