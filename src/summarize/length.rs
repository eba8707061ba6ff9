//! How long a summary may be, and whether it is.

use std::str::FromStr;

use serde::Serialize;

use super::claim::Claim;
use super::style::Style;
use crate::error::{Error, ErrorKind, Result};
use crate::text::counted;

/// How long a summary may be; where the article has so much, it is no shorter than 85 hundredths of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Length {
    most: usize,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Sentences,
    Words,
    Characters,
}

/// What is neither too long nor full may take more; full is what has so many hundredths of what it may have.
const FULL: usize = 85;
/// A headline has at most so many words, if nothing else is asked for.
pub(super) const HEADLINE_WORDS: usize = 12;
/// And a lead so many.
pub(super) const LEAD_WORDS: usize = 45;
/// In at most so many sentences.
const LEAD_SENTENCES: usize = 2;

impl Length {
    /// Two sentences.
    pub const SHORT: Length = Length::sentences(2);
    /// Three sentences.
    pub const MEDIUM: Length = Length::sentences(3);
    /// Six sentences.
    pub const LONG: Length = Length::sentences(6);

    /// `most` sentences or bullets.
    pub const fn sentences(most: usize) -> Self {
        let unit = Unit::Sentences;
        Self { most, unit }
    }

    /// `most` words, as spaces divide them.
    pub const fn words(most: usize) -> Self {
        let unit = Unit::Words;
        Self { most, unit }
    }

    /// `most` characters (Unicode scalar values), spaces and the marks before bullets included.
    pub const fn characters(most: usize) -> Self {
        let unit = Unit::Characters;
        Self { most, unit }
    }

    /// What each of `n` articles may take of it.
    pub fn share(self, n: usize) -> Self {
        Self {
            most: (self.most / n.max(1)).max(1),
            ..self
        }
    }

    /// About so many sentences or bullets of a summary in `style`.
    pub(super) fn sentences_in(self, style: Style) -> usize {
        match style {
            Style::Headline => 1,
            Style::Lead => LEAD_SENTENCES.min(self.in_sentences()),
            _ => self.in_sentences(),
        }
    }

    /// Whether it has no room for a sentence of each of `n` articles.
    pub fn is_too_short_for(self, n: usize) -> bool {
        self.unit == Unit::Sentences && self.most < n
    }

    /// About so many sentences.
    pub(super) fn in_sentences(self) -> usize {
        let each = match self.unit {
            Unit::Sentences => 1,
            Unit::Words => 22,
            Unit::Characters => 140,
        };
        (self.most / each).clamp(1, Unit::Sentences.limit())
    }
}

impl Unit {
    /// The most that may be asked for.
    const fn limit(self) -> usize {
        match self {
            Unit::Sentences => 50,
            Unit::Words => 1_000,
            Unit::Characters => 8_000,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Unit::Sentences => "sentence",
            Unit::Words => "word",
            Unit::Characters => "character",
        }
    }
}

impl FromStr for Length {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let unit = match &text[digits.len()..] {
            "" | "s" => Unit::Sentences,
            "w" => Unit::Words,
            "c" => Unit::Characters,
            _ if digits.is_empty() => match text {
                "short" => return Ok(Self::SHORT),
                "medium" => return Ok(Self::MEDIUM),
                "long" => return Ok(Self::LONG),
                _ => return Err(unknown(text)),
            },
            _ => return Err(unknown(text)),
        };
        match digits.parse() {
            Ok(most) if (1..=unit.limit()).contains(&most) => Ok(Self { most, unit }),
            _ => Err(unknown(text)),
        }
    }
}

fn unknown(text: &str) -> Error {
    Error::new(ErrorKind::Usage, format!("unknown length \"{text}\"")).with_hint(format!(
        "use short, medium, long, or at most so many sentences (3s, up to {}), words (80w) or characters (280c)",
        Unit::Sentences.limit()
    ))
}

/// The room that a summary of a style has.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    length: Length,
    pub(super) style: Style,
    /// Whether more is better than nothing: the user named no limit.
    pub(super) is_soft: bool,
    /// The most sentences, besides.
    sentences: usize,
}

impl Budget {
    /// That of a summary in `style`; a headline's and a lead's is its own, unless words or characters are counted.
    pub fn new(length: Length, style: Style) -> Self {
        let own = match style {
            Style::Headline => Some(HEADLINE_WORDS),
            Style::Lead => Some(LEAD_WORDS),
            _ => None,
        };
        let own = own.filter(|_| length.unit == Unit::Sentences);
        let is_soft = own.is_some();
        Self {
            length: own.map_or(length, Length::words),
            style,
            is_soft,
            sentences: match style {
                Style::Headline | Style::Lead => length.sentences_in(style),
                _ => usize::MAX,
            },
        }
    }

    /// That of `n` summaries together.
    pub(super) fn of_all(length: Length, style: Style, n: usize) -> Self {
        let one = Self::new(length, style);
        match one.is_soft {
            true => Self {
                length: Length {
                    most: one.length.most * n,
                    ..one.length
                },
                sentences: one.sentences.saturating_mul(n),
                ..one
            },
            false => one,
        }
    }

    /// How much `claims` take.
    fn amount(&self, claims: &[Claim]) -> usize {
        let text = || self.style.join(claims.iter().map(|one| one.text.as_str()));
        let is_word = |word: &&str| word.contains(char::is_alphanumeric);
        match self.length.unit {
            Unit::Sentences => claims.len(),
            Unit::Words => text().split_whitespace().filter(is_word).count(),
            Unit::Characters => text().chars().count(),
        }
    }

    /// Whether `claims` are few and short enough.
    pub fn holds(&self, claims: &[Claim]) -> bool {
        self.amount(claims) <= self.length.most && claims.len() <= self.sentences
    }

    /// Whether `claims` are as much as was asked for. A headline is, however short.
    pub fn is_full(&self, claims: &[Claim]) -> bool {
        let (amount, most) = (self.amount(claims), self.length.most);
        match self.length.unit {
            _ if self.style == Style::Headline => !claims.is_empty(),
            _ if claims.len() >= self.sentences => true,
            Unit::Sentences => amount >= most,
            Unit::Words | Unit::Characters => amount * 100 >= most * FULL,
        }
    }

    /// Adds `claim` to `claims` if there is room for it.
    pub fn add(&self, claim: Claim, claims: &mut Vec<Claim>) -> bool {
        claims.push(claim);
        let fits = self.holds(claims);
        if !fits {
            claims.pop();
        }
        fits
    }

    /// Leaves out of `claims` what is too much, as little as will do.
    pub fn trim(&self, claims: &mut Vec<Claim>) {
        while !self.is_soft && !claims.is_empty() && !self.holds(claims) {
            let without = |i: usize| {
                let mut left = claims.clone();
                left.remove(i);
                self.amount(&left)
            };
            let fits = |amount: usize| amount <= self.length.most;
            let rest: Vec<usize> = (0..claims.len()).map(without).collect();
            let fitting = (0..rest.len()).filter(|&i| fits(rest[i]));
            let least = fitting.max_by_key(|&i| rest[i]);
            let longest = || (0..rest.len()).min_by_key(|&i| rest[i]).unwrap_or(0);
            claims.remove(least.unwrap_or_else(longest));
        }
    }

    /// What is to be told of the length of `claims`.
    pub(super) fn remark(&self, claims: &[Claim]) -> Option<String> {
        let (amount, Length { most, unit }) = (self.amount(claims), self.length);
        let all = counted(most, unit.name());
        if claims.is_empty() {
            Some(format!("no sentence is sure and fits into {all}"))
        } else if !self.holds(claims) {
            let amount = counted(amount, unit.name());
            Some(format!("it has {amount}: nothing of {most} is sure"))
        } else if !self.is_soft && !self.is_full(claims) {
            Some(format!(
                "it has {amount} of {all}: the article has nothing else that is sure and fits"
            ))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(texts: &[&str]) -> Vec<Claim> {
        texts.iter().map(|text| Claim::bare(text)).collect()
    }

    #[test]
    fn lengths_are_read() {
        for (text, length) in [
            ("3", Length::sentences(3)),
            ("3s", Length::sentences(3)),
            ("80w", Length::words(80)),
            ("280c", Length::characters(280)),
            ("long", Length::LONG),
        ] {
            assert_eq!(text.parse::<Length>().unwrap(), length);
        }
        for text in [
            "", "s", "0", "0w", "51", "3x", "w3", "-1", "9999999c", "endless",
        ] {
            assert!(text.parse::<Length>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_what_is_short_is_told() {
        let budget = Budget::new(Length::words(6), Style::Bullets);
        let mut all = claims(&["One two three.", "Four five.", "Six seven eight nine."]);
        assert!(!budget.holds(&all));
        budget.trim(&mut all);
        let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(texts, ["Four five.", "Six seven eight nine."]);
        assert!(budget.is_full(&all) && budget.remark(&all).is_none());
        assert!(budget.remark(&all[..1]).unwrap().contains("2 of 6 words"));
        let one = Budget::new(Length::words(1), Style::Bullets);
        assert!(one.remark(&[]).unwrap().ends_with("into 1 word"));
        let budget = Budget::new(Length::characters(17), Style::Bullets);
        assert!(budget.holds(&claims(&["One two three."])));
        assert!(!budget.holds(&claims(&["One two three five."])));
    }
}
