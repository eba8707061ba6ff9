//! An answer as it grows: bytes become text, a leading `<think>…</think>` is dropped, stop strings end it, and only what
//! can no longer change is shown.

use crate::tokenizer::TextStream;

const THINK: &str = "<think>";
const THOUGHT: &str = "</think>";

/// Where the answer stands with the model's thinking aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thinking {
    /// The text so far may be the beginning of `<think>`.
    Perhaps,
    Yes,
    No,
}

/// One request's answer.
pub(super) struct Answer {
    stops: Vec<String>,
    stream: TextStream,
    thinking: Thinking,
    text: String,
    shown: usize,
    stopped: bool,
}

impl Answer {
    /// An empty answer that ends before any of `stops`.
    pub(super) fn new(stops: Vec<String>) -> Self {
        Self {
            stops,
            stream: TextStream::default(),
            thinking: Thinking::Perhaps,
            text: String::new(),
            shown: 0,
            stopped: false,
        }
    }

    /// Adds what a token stands for. Returns whether a stop string has ended the answer.
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        if !self.stopped {
            self.stream.push(bytes, &mut self.text);
            self.settle();
        }
        self.stopped
    }

    /// Nothing more will come: what was held back is text after all.
    pub(super) fn finish(&mut self) {
        if !self.stopped {
            std::mem::take(&mut self.stream).finish(&mut self.text);
            if self.thinking == Thinking::Yes {
                self.text.clear();
            }
            self.thinking = Thinking::No;
            self.settle();
            self.stopped = true;
        }
    }

    /// The text that is certain by now and wasn't returned before.
    pub(super) fn fresh(&mut self) -> &str {
        let mut end = self.text.len();
        if self.thinking != Thinking::No {
            end = 0;
        } else if !self.stopped {
            end -= self
                .stops
                .iter()
                .map(|stop| overlap(&self.text, stop))
                .max()
                .unwrap_or(0);
        }
        let start = self.shown.min(end);
        self.shown = self.shown.max(end);
        &self.text[start..end]
    }

    /// The whole text.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn settle(&mut self) {
        if self.thinking == Thinking::Perhaps {
            let start = self.text.trim_start();
            if start.starts_with(THINK) {
                self.thinking = Thinking::Yes;
            } else if !THINK.starts_with(start) {
                self.thinking = Thinking::No;
            }
        }
        if self.thinking == Thinking::Yes
            && let Some(at) = self.text.find(THOUGHT)
        {
            let after = self.text[at + THOUGHT.len()..].trim_start().len();
            // The blank line after the thought may still be on its way.
            if after > 0 {
                self.text.drain(..self.text.len() - after);
                self.thinking = Thinking::No;
            }
        }
        if self.thinking == Thinking::No {
            let found = self
                .stops
                .iter()
                .filter_map(|stop| self.text[self.shown..].find(stop.as_str()))
                .min();
            if let Some(at) = found {
                self.text.truncate(self.shown + at);
                self.stopped = true;
            }
        }
    }
}

/// Bytes at the end of `text` that may be the beginning of `stop`.
fn overlap(text: &str, stop: &str) -> usize {
    let longest = stop.len().saturating_sub(1).min(text.len());
    (1..=longest)
        .rev()
        .find(|&len| text.as_bytes().ends_with(&stop.as_bytes()[..len]))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown piece by piece, and the whole.
    fn answer(pieces: &[&str], stops: &[&str]) -> (Vec<String>, String) {
        let stops: Vec<String> = stops.iter().map(ToString::to_string).collect();
        let mut answer = Answer::new(stops.clone());
        let mut shown = Vec::new();
        for piece in pieces {
            let stopped = answer.push(piece.as_bytes());
            shown.push(answer.fresh().to_owned());
            if stopped {
                break;
            }
        }
        answer.finish();
        shown.push(answer.fresh().to_owned());
        let text = answer.into_text();
        assert_eq!(shown.concat(), text, "what is shown is the text");
        (shown, text)
    }

    #[test]
    fn a_stop_string_across_tokens_is_never_shown() {
        let (shown, text) = answer(&["Uno", "\n", "\nDue"], &["\n\n"]);
        assert_eq!(
            (shown, text.as_str()),
            (vec!["Uno".into(), "".into(), "".into(), "".into()], "Uno")
        );
        let (shown, text) = answer(&["Uno", "\n", "Due è"], &["\n\n", "è", "abc"]);
        assert_eq!((&shown[2][..], text.as_str()), ("\nDue ", "Uno\nDue "));
        assert_eq!(answer(&["Uno", "\n"], &["\n\n"]).1, "Uno\n");
        assert_eq!(answer(&["aab"], &["ab"]).1, "a");
    }

    #[test]
    fn thinking_aloud_is_dropped() {
        assert_eq!(
            answer(&["<thi", "nk>\nhm", "m</think>", "\n\nSì", "."], &["\n\n"]).1,
            "Sì."
        );
        assert_eq!(answer(&["\n", "<think>", "endless"], &[]).1, "");
        assert_eq!(answer(&["<think>", "x</think>", "\n\n"], &[]).1, "");
        assert_eq!(
            answer(&["<th", "e>"], &[]),
            (vec!["".into(), "<the>".into(), "".into()], "<the>".into())
        );
        assert_eq!(answer(&["<thi"], &[]).1, "<thi");
        assert_eq!(
            answer(&[" a <think>b</think>"], &[]).1,
            " a <think>b</think>"
        );
    }

    #[test]
    fn characters_cut_by_tokens_wait() {
        let mut answer = Answer::new(Vec::new());
        answer.push(b"citt\xc3");
        assert_eq!(answer.fresh(), "citt");
        answer.push(b"\xa0!");
        assert_eq!(answer.fresh(), "à!");
    }
}
