//! All integration tests in one binary, so that there is one link. One module a subject.
mod seq2seq;
