//! The tokenizer of a GGUF file, with the same ids as llama.cpp's for the same text; or of a `tokenizer.json`.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::json::{Cutter, Json, Marks};
use super::merge::{Symbol, merge};
use super::partition::{Fragment, Partition};
use super::pieces::{byte_token, printable_byte, spm_text};
use super::split::Splitter;
use super::vocab::{TokenKind, Vocab, VocabKind, damaged};
use crate::error::Result;

/// Which special tokens are recognised where a text spells them out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Specials {
    /// None that directs the model: for what a person wrote.
    AsText,
    /// All: for what a chat template wrote.
    Parsed,
}

/// Turns text into token ids and back.
pub struct Tokenizer {
    vocab: Vocab,
    /// What each token stands for, in bytes; empty for tokens that direct the model.
    bytes: Vec<Box<[u8]>>,
    partition: Partition,
    model: Model,
    /// Tokens that drop the white space before and after them.
    strips: [HashSet<u32>; 2],
}

enum Model {
    Bpe {
        splitter: Splitter,
        /// The token of each single byte, where the vocabulary has one.
        of_byte: [Option<u32>; 256],
        /// (left, right) -> (rank, merged token).
        merges: HashMap<(u32, u32), (u32, u32)>,
        /// Token of a whole word, for rules that look it up first.
        words: HashMap<Box<[u8]>, u32>,
    },
    Spm {
        of_byte: [Option<u32>; 256],
        /// Text with `▁` for spaces -> (rank: lower for a better score, token).
        pieces: HashMap<Box<str>, (u32, u32)>,
    },
    Json(Cutter),
}

impl Tokenizer {
    /// Builds the tables for `vocab`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if the vocabulary contradicts itself or splits words by an unknown rule.
    pub fn new(vocab: Vocab) -> Result<Self> {
        let (bytes, model) = match vocab.kind {
            VocabKind::Bpe => {
                let bytes = bpe_bytes(&vocab);
                let model = bpe_model(&vocab, &bytes)?;
                (bytes, model)
            }
            VocabKind::Spm => (spm_bytes(&vocab), spm_model(&vocab)),
            VocabKind::Json => return Err(damaged("it lies in a tokenizer.json")),
        };
        Self::of_parts(vocab, bytes, model)
    }

    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Io`] if it can't be read; [`crate::ErrorKind::Model`] if it isn't one, or lacks a token that
    /// `marks` name.
    pub fn open(path: &Path, marks: &Marks) -> Result<Self> {
        let Json {
            vocab,
            cutter,
            bytes,
            strips,
        } = Json::read(path, marks)?;
        let own = Self::of_parts(vocab, bytes, Model::Json(cutter))?;
        Ok(Self { strips, ..own })
    }

    fn of_parts(vocab: Vocab, bytes: Vec<Box<[u8]>>, model: Model) -> Result<Self> {
        let specials = (0..).zip(&vocab.tokens).filter(|(id, text)| {
            let kind = vocab.kinds[*id as usize];
            !text.is_empty()
                && matches!(
                    kind,
                    TokenKind::Control | TokenKind::Unknown | TokenKind::UserDefined
                )
        });
        let partition = Partition::new(specials.map(|(id, text)| (id, text.as_str())))?;
        Ok(Self {
            vocab,
            bytes,
            partition,
            model,
            strips: Default::default(),
        })
    }

    /// The vocabulary.
    pub fn vocab(&self) -> &Vocab {
        &self.vocab
    }

    /// Whether `id` ends an answer.
    pub fn is_end(&self, id: u32) -> bool {
        self.vocab.end.binary_search(&id).is_ok()
    }

    /// Encodes `text`, without a beginning-of-sequence token.
    pub fn encode(&self, text: &str, specials: Specials) -> Vec<u32> {
        self.encode_guarded(text, specials, None)
    }

    fn encode_guarded(&self, text: &str, specials: Specials, guard: Option<char>) -> Vec<u32> {
        let mut ids = Vec::new();
        let wanted = |id: u32| {
            specials == Specials::Parsed || self.vocab.kinds[id as usize] == TokenKind::UserDefined
        };
        // As in llama.cpp, the space that SentencePiece puts first is put first again after a special token.
        let mut prefix = self.vocab.add_space_prefix;
        let fragments = self.partition.cut(text, wanted);
        let [before, after] = &self.strips;
        let is_in = |fragment: Option<&Fragment<'_>>, set: &HashSet<u32>| match fragment {
            Some(Fragment::Special(id)) => set.contains(id),
            _ => false,
        };
        for (at, fragment) in fragments.iter().enumerate() {
            match *fragment {
                Fragment::Special(id) => {
                    ids.push(id);
                    prefix = self.vocab.add_space_prefix;
                }
                Fragment::Text(mut text) => {
                    if at > 0 && is_in(fragments.get(at - 1), after) {
                        text = text.trim_start();
                    }
                    if is_in(fragments.get(at + 1), before) {
                        text = text.trim_end();
                    }
                    let begins = at == 0;
                    match guard {
                        Some(guard) if text.contains(guard) => {
                            self.encode_text(&text.replace(guard, ""), prefix, begins, &mut ids);
                        }
                        _ => self.encode_text(text, prefix, begins, &mut ids),
                    }
                    prefix = false;
                }
            }
        }
        ids
    }

    /// Breaks every token that directs the model and is spelt out in `text`, by putting `guard`, a character that no
    /// text holds, behind its first character. [`Tokenizer::encode_prompt`] takes the guards out again once it has
    /// looked for special tokens, so that the text is read as text.
    pub fn guard(&self, text: &str, guard: char) -> String {
        let mut guarded = String::with_capacity(text.len());
        let mut at = 0;
        for start in self.partition.starts(text, |id| {
            self.vocab.kinds[id as usize] != TokenKind::UserDefined
        }) {
            let first = text[start..].chars().next().map_or(0, char::len_utf8);
            guarded.push_str(&text[at..start + first]);
            guarded.push(guard);
            at = start + first;
        }
        guarded.push_str(&text[at..]);
        guarded
    }

    /// Encodes a prompt that a chat template wrote around guarded texts: special tokens are recognised, except where
    /// a guard breaks them, and a beginning-of-sequence token comes first where the model wants one.
    pub fn encode_prompt(&self, prompt: &str, guard: char) -> Vec<u32> {
        let ids = self.encode_guarded(prompt, Specials::Parsed, Some(guard));
        match self.vocab.bos {
            Some(bos) if self.vocab.add_bos && ids.first() != Some(&bos) => {
                [&[bos], &ids[..]].concat()
            }
            _ => ids,
        }
    }

    /// Appends the ids of a text without special tokens; `begins` if nothing stands before it.
    fn encode_text(&self, text: &str, space_prefix: bool, begins: bool, ids: &mut Vec<u32>) {
        match &self.model {
            Model::Json(cutter) => cutter.encode(text, begins, ids),
            Model::Bpe {
                splitter,
                of_byte,
                merges,
                words,
            } => splitter.split(text, |word| {
                if let Some(&id) = words.get(word.as_bytes()) {
                    ids.push(id);
                    return;
                }
                let mut symbols: Vec<Symbol> = (0..)
                    .zip(word.bytes())
                    .map(|(start, byte)| Symbol {
                        start,
                        end: start + 1,
                        token: of_byte[byte as usize],
                    })
                    .collect();
                merge(&mut symbols, |a, b| {
                    merges.get(&(a.token?, b.token?)).copied()
                });
                // A byte that the vocabulary lacks leaves no token, as in llama.cpp.
                ids.extend(
                    symbols
                        .iter()
                        .filter_map(|symbol| symbol.token.or(self.vocab.unknown)),
                );
            }),
            Model::Spm { of_byte, pieces } => {
                let text =
                    format!("{}{text}", if space_prefix { " " } else { "" }).replace(' ', "▁");
                let mut symbols: Vec<Symbol> = text
                    .char_indices()
                    .map(|(start, character)| {
                        let end = start + character.len_utf8();
                        let token = pieces.get(&text[start..end]).map(|&(_, token)| token);
                        Symbol { start, end, token }
                    })
                    .collect();
                merge(&mut symbols, |a, b| {
                    pieces.get(&text[a.start..b.end]).copied()
                });
                for symbol in symbols {
                    match symbol.token {
                        Some(token) => ids.push(token),
                        None => ids.extend(
                            text.as_bytes()[symbol.start..symbol.end]
                                .iter()
                                .filter_map(|&byte| of_byte[byte as usize].or(self.vocab.unknown)),
                        ),
                    }
                }
            }
        }
    }

    /// The bytes that a token stands for: none for one that directs the model, or for an id outside the vocabulary.
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], |bytes| bytes)
    }

    /// The text of `ids`; bytes that are no UTF-8 become U+FFFD.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|&id| self.bytes(id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Whether a token's text may come out of merging.
fn is_text(kind: TokenKind) -> bool {
    !matches!(
        kind,
        TokenKind::Control | TokenKind::Unknown | TokenKind::Byte
    )
}

fn bpe_bytes(vocab: &Vocab) -> Vec<Box<[u8]>> {
    let tokens = vocab.tokens.iter().zip(&vocab.kinds);
    tokens
        .map(|(text, kind)| match kind {
            TokenKind::Control | TokenKind::Unknown => Box::default(),
            TokenKind::UserDefined => text.as_bytes().into(),
            _ => text
                .chars()
                .map(printable_byte)
                .collect::<Option<Box<[u8]>>>()
                .unwrap_or_else(|| text.as_bytes().into()),
        })
        .collect()
}

fn bpe_model(vocab: &Vocab, bytes: &[Box<[u8]>]) -> Result<Model> {
    let splitter = Splitter::new(&vocab.pre)?;
    let text_ids = || {
        (0u32..)
            .zip(bytes)
            .filter(|(id, bytes)| is_text(vocab.kinds[*id as usize]) && !bytes.is_empty())
    };
    let words: HashMap<&[u8], u32> = text_ids().map(|(id, bytes)| (&**bytes, id)).collect();
    let mut of_byte = [None; 256];
    for byte in 0..=255u8 {
        of_byte[byte as usize] = words.get(&[byte][..]).copied();
    }
    let mut merges = HashMap::with_capacity(vocab.merges.len());
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (rank, merge) in (0..).zip(&vocab.merges) {
        // A space inside a token is written as another character, so the first one parts the pair.
        let (a, b) = merge
            .split_once(' ')
            .ok_or_else(|| damaged(format!("its merge \"{merge}\" is no pair")))?;
        left.clear();
        right.clear();
        left.extend(a.chars().filter_map(printable_byte));
        right.extend(b.chars().filter_map(printable_byte));
        let (Some(&a), Some(&b)) = (words.get(&left[..]), words.get(&right[..])) else {
            continue; // parts that are no tokens never meet
        };
        left.extend_from_slice(&right);
        if let Some(&whole) = words.get(&left[..]) {
            merges.entry((a, b)).or_insert((rank, whole));
        }
    }
    let words = match splitter.whole_words {
        true => words
            .into_iter()
            .map(|(bytes, id)| (bytes.into(), id))
            .collect(),
        false => HashMap::new(),
    };
    Ok(Model::Bpe {
        splitter,
        of_byte,
        merges,
        words,
    })
}

fn spm_bytes(vocab: &Vocab) -> Vec<Box<[u8]>> {
    let tokens = vocab.tokens.iter().zip(&vocab.kinds);
    tokens
        .map(|(text, kind)| match (kind, byte_token(text)) {
            (TokenKind::Control | TokenKind::Unknown, _) => Box::default(),
            (TokenKind::Byte, Some(_)) => spm_text(text),
            (TokenKind::UserDefined, _) => text.as_bytes().into(),
            _ => text.replace('▁', " ").into_bytes().into(),
        })
        .collect()
}

fn spm_model(vocab: &Vocab) -> Model {
    let mut of_byte = [None; 256];
    let mut pieces = HashMap::with_capacity(vocab.tokens.len());
    for (id, text) in (0u32..).zip(&vocab.tokens) {
        let kind = vocab.kinds[id as usize];
        if let (TokenKind::Byte, Some(byte)) = (kind, byte_token(text)) {
            of_byte[byte as usize] = Some(id);
        } else if is_text(kind) {
            pieces.insert(
                text.as_str().into(),
                (worst_first(vocab.scores[id as usize]), id),
            );
        }
    }
    Model::Spm { of_byte, pieces }
}

/// A number that is lower the higher `score` is.
fn worst_first(score: f32) -> u32 {
    // For positive floats the bits grow with the value, for negative ones they shrink; adding 0 makes -0 one with 0.
    let bits = (score + 0.0).to_bits();
    let rising = if bits >> 31 == 0 {
        bits | 1 << 31
    } else {
        !bits
    };
    !rising
}
