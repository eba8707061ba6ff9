//! How probable a language model holds answers that are there already.

use super::chat::LlmEngine;
use super::{Message, Scored};
use crate::decode::CausalLm;
use crate::decode::force::{Forced, force};
use crate::error::Result;
use crate::tokenizer::Specials;

impl<M: CausalLm> LlmEngine<M> {
    /// The tokens of each answer with their log-probabilities after its chat, the end of the answer as the last one, which
    /// stands for no text.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if the chat template fails; [`crate::ErrorKind::Inference`] if a chat and its answer don't fit the
    /// context, or a kernel or the device fails.
    pub fn force(&self, chats: &[(Vec<Message>, &str)]) -> Result<Vec<Vec<Scored>>> {
        let tokenizer = &self.dialogue.tokenizer;
        let end = tokenizer.vocab().eos;
        let input = |(messages, answer): &(Vec<Message>, &str)| {
            let mut ids = tokenizer.encode(answer, Specials::AsText);
            ids.extend(end);
            Ok(Forced {
                prompt: self.encode(messages)?,
                answer: ids,
            })
        };
        let inputs: Vec<Forced> = chats.iter().map(input).collect::<Result<_>>()?;
        let scores = force(&self.model, &inputs)?;
        let scored = inputs.iter().zip(scores).map(|(input, scores)| {
            let tokens = input.answer.iter().zip(scores);
            tokens
                .map(|(&id, logprob)| Scored {
                    bytes: match Some(id) == end {
                        true => 0,
                        false => tokenizer.bytes(id).len(),
                    },
                    logprob,
                })
                .collect()
        });
        Ok(scored.collect())
    }
}
