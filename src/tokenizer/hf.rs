//! Tokenizers of Hugging Face's encoder–decoder models: `tokenizer.json` where there is one, else SentencePiece files with
//! a `vocab.json` (Marian, M2M100) or with fairseq's ids (mBART, NLLB), and the tokens by which multilingual models are
//! told languages.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use serde::Deserialize;

use super::codes::{M2M100_CODES, MBART_CODES, NLLB_CODES, is_language};
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;
use crate::tokenizer::sentencepiece::SentencePiece;
use crate::weights::Architecture;

/// U+2581, which stands for a space.
const SPACE: char = '\u{2581}';

/// Text to token ids and back.
#[derive(Debug)]
pub struct HfTokenizer {
    vocabulary: Vocabulary,
    /// Tokens that name a language: `>>ita<<`, `__it__`, `ita_Latn`, `it_IT`, `<2it>`.
    languages: HashMap<String, u32>,
}

#[derive(Debug)]
enum Vocabulary {
    Json(Box<tokenizers::Tokenizer>),
    Pieces(Box<Pieces>),
}

/// SentencePiece pieces with ids of their own.
#[derive(Debug)]
struct Pieces {
    source: SentencePiece,
    ids: HashMap<String, u32>,
    /// By id; none for special tokens, which aren't shown.
    shown: HashMap<u32, String>,
    eos: u32,
    unknown: u32,
}

fn broken(path: &Path, message: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorKind::Model,
        format!("{} can't be used: {message}", path.display()),
    )
}

/// The ids of a `vocab.json`.
fn read_vocab(path: &Path) -> Result<HashMap<String, u32>> {
    let text = std::fs::read(path).map_err(|source| Error::io("reading", path, source))?;
    serde_json::from_slice(&text)
        .map_err(|source| broken(path, "it isn't a vocabulary").with_source(source))
}

/// What each id looks like in a text; special tokens have no looks.
fn shown(ids: &HashMap<String, u32>, languages: &HashMap<String, u32>) -> HashMap<u32, String> {
    let is_special = |token: &str| {
        matches!(token, "</s>" | "<unk>" | "<pad>" | "<s>") || languages.contains_key(token)
    };
    let shown = ids.iter().filter(|(token, _)| !is_special(token));
    shown.map(|(token, &id)| (id, token.clone())).collect()
}

impl HfTokenizer {
    /// Opens the tokenizer in `folder`.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none; [`ErrorKind::Io`] or [`ErrorKind::Model`] if a file can't be read.
    pub fn open(folder: &Path) -> Result<Self> {
        let json = folder.join("tokenizer.json");
        if json.is_file() {
            return Self::open_json(&json);
        }
        let vocab = folder.join("vocab.json");
        for spm in ["source.spm", "sentencepiece.bpe.model"] {
            let spm = folder.join(spm);
            if spm.is_file() && vocab.is_file() {
                return Self::open_pieces(&spm, &vocab);
            }
        }
        let plain = folder.join("spiece.model");
        if plain.is_file() {
            return Self::open_plain(&plain);
        }
        let fairseq = folder.join("sentencepiece.bpe.model");
        if fairseq.is_file() {
            return Self::open_fairseq(&fairseq, &folder.join("config.json"));
        }
        Err(Error::new(ErrorKind::Unavailable, format!("no tokenizer in {}", folder.display())).with_hint(
            "the folder needs tokenizer.json, spiece.model, sentencepiece.bpe.model, or vocab.json with source.spm",
        ))
    }

    fn open_json(path: &Path) -> Result<Self> {
        let tokenizer =
            tokenizers::Tokenizer::from_file(path).map_err(|error| broken(path, error))?;
        let languages = tokenizer
            .get_vocab(true)
            .into_iter()
            .filter(|(token, _)| is_language(token))
            .collect();
        Ok(Self {
            vocabulary: Vocabulary::Json(Box::new(tokenizer)),
            languages,
        })
    }

    /// T5's: the ids are the pieces' own.
    fn open_plain(spm: &Path) -> Result<Self> {
        let source = SentencePiece::open(spm)?;
        let pieces =
            (0..source.size() as u32).filter_map(|id| Some((source.piece(id)?.to_owned(), id)));
        let ids: HashMap<String, u32> = pieces.collect();
        let eos = source
            .eos()
            .ok_or_else(|| broken(spm, "it has no token that ends a sentence"))?;
        let unknown = source.unknown();
        let languages: HashMap<String, u32> = ids
            .iter()
            .filter(|(token, _)| is_language(token))
            .map(|(token, &id)| (token.clone(), id))
            .collect();
        let shown = shown(&ids, &languages);
        let pieces = Pieces {
            source,
            ids,
            shown,
            eos,
            unknown,
        };
        Ok(Self {
            vocabulary: Vocabulary::Pieces(Box::new(pieces)),
            languages,
        })
    }

    fn open_pieces(spm: &Path, vocab: &Path) -> Result<Self> {
        let ids = read_vocab(vocab)?;
        let special = |token: &str| {
            ids.get(token)
                .copied()
                .ok_or_else(|| broken(vocab, format!("it has no token \"{token}\"")))
        };
        let (eos, unknown) = (special("</s>")?, special("<unk>")?);
        let is_m2m100 = spm
            .file_name()
            .is_some_and(|name| name == "sentencepiece.bpe.model");
        let languages: HashMap<String, u32> = match is_m2m100 {
            true => {
                let codes = M2M100_CODES.iter().zip(ids.len() as u32..);
                codes
                    .map(|(code, id)| (format!("__{code}__"), id))
                    .collect()
            }
            false => {
                let tags = ids.iter().filter(|(token, _)| is_language(token));
                tags.map(|(token, &id)| (token.clone(), id)).collect()
            }
        };
        // Some Marian models have a vocabulary a side.
        let target = vocab.with_file_name("target_vocab.json");
        let shown = match target.is_file() {
            true => shown(&read_vocab(&target)?, &languages),
            false => shown(&ids, &languages),
        };
        let source = SentencePiece::open(spm)?;
        let pieces = Pieces {
            source,
            shown,
            ids,
            eos,
            unknown,
        };
        Ok(Self {
            vocabulary: Vocabulary::Pieces(Box::new(pieces)),
            languages,
        })
    }

    /// mBART's and NLLB's: four special tokens, the pieces from the third on, the languages, a mask. Which languages they
    /// are the config tells.
    fn open_fairseq(spm: &Path, config: &Path) -> Result<Self> {
        #[derive(Deserialize)]
        struct Config {
            model_type: String,
            vocab_size: usize,
        }
        let text = std::fs::read(config).map_err(|source| Error::io("reading", config, source))?;
        let Config {
            model_type,
            vocab_size,
        } = serde_json::from_slice(&text)
            .map_err(|source| broken(config, "it names no model").with_source(source))?;
        let source = SentencePiece::open(spm)?;
        let first = source.size() + 1;
        let family = Architecture::from_model_type(&model_type);
        let codes: &[&str] = match (family, vocab_size.saturating_sub(first)) {
            (Some(Architecture::M2m100), _) => &NLLB_CODES,
            (Some(Architecture::Mbart), room) if room > MBART_CODES.len() => &MBART_CODES,
            (Some(Architecture::Mbart), _) => &MBART_CODES[..25],
            _ => {
                let message = format!("a model of type \"{model_type}\" needs a tokenizer.json");
                return Err(broken(spm, message));
            }
        };
        if vocab_size < first + codes.len() {
            let message = format!(
                "{} pieces and {} languages are more than the {vocab_size} tokens of the model",
                source.size(),
                codes.len()
            );
            return Err(broken(spm, message));
        }
        let special = ["<s>", "<pad>", "</s>", "<unk>"];
        let pieces = (3..source.size() as u32).filter_map(|id| Some((source.piece(id)?, id + 1)));
        let ids: HashMap<String, u32> = pieces
            .chain(special.into_iter().zip(0..))
            .map(|(piece, id)| (piece.to_owned(), id))
            .collect();
        let languages: HashMap<String, u32> = codes
            .iter()
            .zip(first as u32..)
            .map(|(code, id)| ((*code).to_owned(), id))
            .collect();
        let pieces = Pieces {
            shown: shown(&ids, &languages),
            eos: ids["</s>"],
            unknown: ids["<unk>"],
            source,
            ids,
        };
        Ok(Self {
            vocabulary: Vocabulary::Pieces(Box::new(pieces)),
            languages,
        })
    }

    /// The ids of `text` with the special tokens that the vocabulary itself puts around it (an end of sentence at
    /// least), but without languages. Special tokens inside the text are text.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if `tokenizer.json` fails.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        match &self.vocabulary {
            Vocabulary::Json(tokenizer) => {
                let encoding = tokenizer.encode(text, true).map_err(|error| {
                    Error::new(
                        ErrorKind::Inference,
                        format!("the text can't be tokenized: {error}"),
                    )
                })?;
                Ok(encoding.get_ids().to_vec())
            }
            Vocabulary::Pieces(pieces) => {
                let known = |id: u32| {
                    pieces
                        .source
                        .piece(id)
                        .and_then(|piece| pieces.ids.get(piece))
                        .copied()
                };
                let ids = pieces
                    .source
                    .encode(text)
                    .into_iter()
                    .map(|id| known(id).unwrap_or(pieces.unknown));
                Ok(ids.chain([pieces.eos]).collect())
            }
        }
    }

    /// The id of a token, if there is one that is written so.
    pub fn id(&self, token: &str) -> Option<u32> {
        match &self.vocabulary {
            Vocabulary::Json(tokenizer) => tokenizer.token_to_id(token),
            Vocabulary::Pieces(pieces) => pieces.ids.get(token).copied(),
        }
    }

    /// The pieces of the source's vocabulary that `ids` stand for, with U+2581 for a space; empty where there is none.
    /// Looked for one by one: for the few texts that must be cut.
    pub fn pieces(&self, ids: &[u32]) -> Vec<String> {
        match &self.vocabulary {
            Vocabulary::Json(tokenizer) => {
                let piece = |&id| tokenizer.id_to_token(id).unwrap_or_default();
                // Byte-level vocabularies write a space as U+0120.
                ids.iter()
                    .map(|id| piece(id).replace('\u{120}', "\u{2581}"))
                    .collect()
            }
            Vocabulary::Pieces(pieces) => {
                let wanted: HashSet<u32> = ids.iter().copied().collect();
                let known = pieces.ids.iter().filter(|(_, id)| wanted.contains(id));
                let known: HashMap<u32, &String> = known.map(|(piece, &id)| (id, piece)).collect();
                let piece = |id| known.get(id).map_or_else(String::new, |p| (*p).clone());
                ids.iter().map(piece).collect()
            }
        }
    }

    /// The text of `ids` without special tokens and languages.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if `tokenizer.json` fails.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        match &self.vocabulary {
            Vocabulary::Json(tokenizer) => {
                let ids: Vec<u32> = ids
                    .iter()
                    .copied()
                    .filter(|&id| !self.is_language(id))
                    .collect();
                let text = tokenizer.decode(&ids, true).map_err(|error| {
                    Error::new(
                        ErrorKind::Inference,
                        format!("the output can't be turned into text: {error}"),
                    )
                })?;
                Ok(text.trim().to_owned())
            }
            Vocabulary::Pieces(pieces) => {
                let text: String = ids
                    .iter()
                    .filter_map(|id| pieces.shown.get(id))
                    .map(String::as_str)
                    .collect();
                Ok(text.replace(SPACE, " ").trim().to_owned())
            }
        }
    }

    /// Whether the vocabulary has a character, alone at least.
    pub fn knows(&self, c: char) -> bool {
        let unknown = match &self.vocabulary {
            Vocabulary::Json(tokenizer) => tokenizer.token_to_id("<unk>"),
            Vocabulary::Pieces(pieces) => Some(pieces.unknown),
        };
        // A text that can't be tokenized fails where it is translated, with its own message.
        unknown.is_none_or(|unknown| {
            self.encode(&c.to_string())
                .is_ok_and(|ids| !ids.contains(&unknown))
        })
    }

    /// The largest id that a text can get from SentencePiece pieces; none for `tokenizer.json`, which may list tokens
    /// that no text gets (BART's mask is outside its weights).
    pub fn largest_id(&self) -> Option<u32> {
        match &self.vocabulary {
            Vocabulary::Json(_) => None,
            Vocabulary::Pieces(pieces) => {
                let ids = pieces.ids.values().chain(self.languages.values());
                ids.max().copied()
            }
        }
    }

    /// Whether there are tokens for languages.
    pub fn is_multilingual(&self) -> bool {
        !self.languages.is_empty()
    }

    /// Whether a token names a language.
    pub fn is_language(&self, id: u32) -> bool {
        self.languages.values().any(|&language| language == id)
    }

    /// The token of a language, if the model knows it.
    pub fn language(&self, lang: Lang) -> Option<u32> {
        let (two, three) = (lang.code(), lang.iso639_3());
        // Scripts and regions that a bare code doesn't say.
        let usual = match two {
            "zh" => "zho_Hans",
            "ar" => "arb_Arab",
            "no" => "nob_Latn",
            "fa" => "pes_Arab",
            "lv" => "lvs_Latn",
            "et" => "est_Latn",
            "sq" => "als_Latn",
            "ms" => "zsm_Latn",
            "sr" => "srp_Cyrl",
            _ => "",
        };
        let exact = [
            usual.to_owned(),
            format!(">>{three}<<"),
            format!(">>{two}<<"),
            format!("__{two}__"),
            format!("<2{two}>"),
        ];
        exact
            .iter()
            .find_map(|token| self.languages.get(token))
            .copied()
            .or_else(|| {
                let prefixes = [
                    format!("{three}_"),
                    format!("{two}_"),
                    format!(">>{three}_"),
                ];
                let mut tokens: Vec<_> = self
                    .languages
                    .iter()
                    .filter(|(token, _)| prefixes.iter().any(|p| token.starts_with(p)))
                    .collect();
                tokens.sort_unstable();
                tokens.first().map(|(_, id)| **id)
            })
    }

    /// Whether the source is told the target's language (`>>fra<<`, `<2fr>`) rather than its own.
    pub fn tags_target(&self) -> bool {
        self.languages
            .keys()
            .any(|token| token.starts_with(">>") || token.starts_with("<2"))
    }
}
