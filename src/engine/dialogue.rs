//! What a chat is to a language model: tokens, by its tokenizer and its chat template.

use super::template::ChatTemplate;
use super::{ChatRequest, Message, Role};
use crate::decode::continuous::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::prompt::unused_noncharacter;
use crate::tokenizer::{Tokenizer, Vocab};
use crate::weights::gguf::Gguf;

/// A model's way of writing a chat.
pub(super) struct Dialogue {
    pub tokenizer: Tokenizer,
    /// `None` for base models, which continue a text.
    pub template: Option<ChatTemplate>,
    /// Largest number of tokens, prompt and answer together.
    pub context: usize,
}

/// Between the examples of a prompt for a base model, which would go on with another one after its answer.
const EXAMPLE_END: &str = "\n\n";

/// The tokenizer of a file, and its chat template if it has one.
pub(super) fn read(gguf: &Gguf) -> Result<(Tokenizer, Option<ChatTemplate>)> {
    let vocab = Vocab::read(gguf)?;
    let text = |id: Option<u32>| {
        id.and_then(|id| vocab.tokens.get(id as usize))
            .map_or("", String::as_str)
    };
    let template = match gguf.contains("tokenizer.chat_template") {
        true => Some(ChatTemplate::new(
            gguf.str("tokenizer.chat_template")?,
            text(vocab.bos),
            text(vocab.eos),
        )?),
        false => None,
    };
    Ok((Tokenizer::new(vocab)?, template))
}

impl Dialogue {
    /// The model's prompt for `messages`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the chat template fails.
    pub(super) fn encode(&self, messages: &[Message]) -> Result<Vec<u32>> {
        let contents = messages.iter().map(|message| message.content.as_str());
        let guard = unused_noncharacter(contents).ok_or_else(|| {
            Error::new(
                ErrorKind::Input,
                "the text holds every one of Unicode's noncharacters U+FDD0 to U+FDEF",
            )
            .with_hint("remove them: they have no meaning in a text")
        })?;
        let guarded: Vec<Message> = messages
            .iter()
            .map(|message| Message {
                role: message.role,
                content: self.tokenizer.guard(&message.content, guard),
            })
            .collect();
        let prompt = match &self.template {
            Some(template) => template.render(&guarded)?,
            None => few_shot(&guarded),
        };
        Ok(self.tokenizer.encode_prompt(&prompt, guard))
    }

    /// What the model is to continue for a chat, and how much room there is for it.
    pub(super) fn request(&self, chat: &ChatRequest) -> Result<Request> {
        let prompt = self.encode(&chat.messages)?;
        let room = self.context.saturating_sub(prompt.len());
        if room == 0 {
            let (needed, context) = (prompt.len(), self.context);
            return Err(Error::new(
                ErrorKind::Input,
                format!("the prompt takes {needed} tokens, but the model's context is {context}"),
            )
            .with_hint("shorten the text, or use a model with a longer context"));
        }
        Ok(Request {
            prompt,
            max_tokens: chat.max_tokens.clamp(1, room),
            sampling: chat.sampling.clone(),
        })
    }

    /// What ends the answer to a chat.
    pub(super) fn stops(&self, chat: &ChatRequest) -> Vec<String> {
        let example_end = self.template.is_none().then(|| EXAMPLE_END.to_owned());
        let stops = chat.stop.iter().filter(|stop| !stop.is_empty()).cloned();
        stops.chain(example_end).collect()
    }
}

/// The prompt for a model without a chat template: examples parted by empty lines, the last one open.
fn few_shot(messages: &[Message]) -> String {
    let mut prompt = String::new();
    for message in messages {
        prompt += &message.content;
        prompt += if message.role == Role::User {
            "\n"
        } else {
            EXAMPLE_END
        };
    }
    prompt
}
