//! The rules' ids.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, ErrorKind};

/// What a [`Finding`](super::Finding) is about. The id (kebab case) is stable: it stands in reports and in options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CheckId {
    /// The source has text, the translation has none.
    Empty,
    /// A sentence of the source has no counterpart in the translation; told by who aligned them.
    Omission,
    /// A sentence of the translation has no counterpart in the source; told likewise.
    Addition,
    /// Generation ended at the cap on tokens; told by the caller.
    Cut,
    /// The translation repeats itself and the source doesn't.
    Loop,
    /// The translation is the source.
    Echo,
    /// The translation is in another language than asked for.
    Language,
    /// The translation is far longer or shorter than translations between the two languages are.
    Length,
    /// The translation has far fewer or more sentences than the source.
    Sentences,
    /// A number was changed, lost or added.
    Number,
    /// A number kept its value but changed its unit, currency or percent sign.
    Unit,
    /// A date or a time was changed, lost or added: a month, a weekday, a season, a time of day, "yesterday".
    Date,
    /// A name was lost or mangled.
    Name,
    /// An acronym was lost.
    Acronym,
    /// A name stands before a verb that another name governs in the source.
    Actor,
    /// A URL, e-mail address, hashtag or handle was changed, lost or added.
    Link,
    /// A placeholder or a piece of markup was changed, lost or added.
    Placeholder,
    /// A tag, a link or the like of the article was lost or added; told by the caller.
    Markup,
    /// Quotation marks don't pair up, or a quotation was lost or added.
    Quotes,
    /// A question came back as none, or the reverse.
    Question,
    /// Brackets don't pair up, or a bracket was lost or added.
    Brackets,
    /// A remark by the model on its own work.
    Commentary,
    /// A swear word that the source doesn't have.
    Profanity,
    /// A negation was lost or added.
    Negation,
    /// A word whose mistranslation turns the meaning round has none of its known renderings.
    Opposite,
    /// An event, a direction or a relation became another of its kind.
    Event,
    /// An idiom was translated word for word.
    Idiom,
    /// Words were left in the source's language, are in a third one, or in none.
    Untranslated,
    /// Letters of another script.
    Script,
    /// Words of an example in the prompt.
    Leak,
    /// A term of the user's glossary has another rendering than the glossary demands.
    Term,
    /// A name is written otherwise than elsewhere in the article.
    Consistency,
    /// The sentence embeddings of the two sides are too far apart.
    Meaning,
    /// Nothing in particular, but translations with such signs are often wrong.
    Risk,
}

impl CheckId {
    /// All of them.
    pub const ALL: [CheckId; 34] = [
        CheckId::Empty,
        CheckId::Omission,
        CheckId::Addition,
        CheckId::Cut,
        CheckId::Loop,
        CheckId::Echo,
        CheckId::Language,
        CheckId::Length,
        CheckId::Sentences,
        CheckId::Number,
        CheckId::Unit,
        CheckId::Date,
        CheckId::Name,
        CheckId::Acronym,
        CheckId::Actor,
        CheckId::Link,
        CheckId::Placeholder,
        CheckId::Markup,
        CheckId::Quotes,
        CheckId::Question,
        CheckId::Brackets,
        CheckId::Commentary,
        CheckId::Profanity,
        CheckId::Negation,
        CheckId::Opposite,
        CheckId::Event,
        CheckId::Idiom,
        CheckId::Untranslated,
        CheckId::Script,
        CheckId::Leak,
        CheckId::Term,
        CheckId::Consistency,
        CheckId::Meaning,
        CheckId::Risk,
    ];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            CheckId::Empty => "empty",
            CheckId::Omission => "omission",
            CheckId::Addition => "addition",
            CheckId::Cut => "cut",
            CheckId::Loop => "loop",
            CheckId::Echo => "echo",
            CheckId::Language => "language",
            CheckId::Length => "length",
            CheckId::Sentences => "sentences",
            CheckId::Number => "number",
            CheckId::Unit => "unit",
            CheckId::Date => "date",
            CheckId::Name => "name",
            CheckId::Acronym => "acronym",
            CheckId::Actor => "actor",
            CheckId::Link => "link",
            CheckId::Placeholder => "placeholder",
            CheckId::Markup => "markup",
            CheckId::Quotes => "quotes",
            CheckId::Question => "question",
            CheckId::Brackets => "brackets",
            CheckId::Commentary => "commentary",
            CheckId::Profanity => "profanity",
            CheckId::Negation => "negation",
            CheckId::Opposite => "opposite",
            CheckId::Event => "event",
            CheckId::Idiom => "idiom",
            CheckId::Untranslated => "untranslated",
            CheckId::Script => "script",
            CheckId::Leak => "leak",
            CheckId::Term => "term",
            CheckId::Consistency => "consistency",
            CheckId::Meaning => "meaning",
            CheckId::Risk => "risk",
        }
    }
}

impl fmt::Display for CheckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

impl FromStr for CheckId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        CheckId::ALL
            .into_iter()
            .find(|check| check.id() == text)
            .ok_or_else(|| {
                let known: Vec<_> = CheckId::ALL.iter().map(|check| check.id()).collect();
                Error::new(ErrorKind::Usage, format!("unknown check \"{text}\""))
                    .with_hint(format!("use one of {}", known.join(", ")))
            })
    }
}

impl Serialize for CheckId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for CheckId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_as_written_and_are_unique() {
        for check in CheckId::ALL {
            assert_eq!(check.to_string().parse::<CheckId>().unwrap(), check);
            let json = serde_json::to_string(&check).unwrap();
            assert_eq!(serde_json::from_str::<CheckId>(&json).unwrap(), check);
        }
        assert!("Number".parse::<CheckId>().is_err());
    }
}
