//! (being built)

use serde::Serialize;

/// Who speaks in a [`Message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Instructions that hold for the whole conversation.
    System,
    /// The user.
    User,
    /// The model; used for few-shot examples.
    Assistant,
}

/// One message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said. Special tokens in it are text, never control.
    pub content: String,
}

/// A character that none of `texts` holds, to mark places in them: one of Unicode's noncharacters, which no text should
/// hold. `None` if together they hold all of these.
pub fn unused_noncharacter<'t>(texts: impl Iterator<Item = &'t str> + Clone) -> Option<char> {
    ('\u{fdd0}'..='\u{fdef}').find(|&mark| !texts.clone().any(|text| text.contains(mark)))
}
