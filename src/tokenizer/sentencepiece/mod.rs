//! SentencePiece (Kudo & Richardson 2018): the `.spm` file itself, unigram and BPE, with ids equal to those of
//! google/sentencepiece.

mod bpe;
mod normalizer;
mod proto;
mod trie;
mod unigram;
mod vocabulary;

use std::collections::HashMap;
use std::path::Path;

use prost::Message;

use crate::error::{Error, ErrorKind, Result};
use crate::weights::blob::Blob;
use normalizer::Normalizer;
use proto::{Kind, ModelKind, ModelProto};
use trie::Trie;
use unigram::Unigram;
use vocabulary::{Piece, SPACE, Vocabulary};

/// What an unknown piece decodes to unless the file says otherwise.
const UNKNOWN_SURFACE: &str = " \u{2047} ";

/// A SentencePiece model.
#[derive(Debug)]
pub struct SentencePiece {
    vocabulary: Vocabulary,
    segmenter: Segmenter,
    normalizer: Normalizer,
    /// Piece of each byte, where the model falls back to bytes.
    bytes: Option<Box<[u32; 256]>>,
    unknown_surface: String,
    eos: Option<u32>,
}

#[derive(Debug)]
enum Segmenter {
    Unigram(Unigram),
    Bpe,
}

impl SentencePiece {
    /// Opens an `.spm` file, gzip'd or not.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Model`] if it isn't a SentencePiece model, is damaged, or is
    /// neither unigram nor BPE.
    pub fn open(path: &Path) -> Result<Self> {
        Self::read(&Blob::open(path)?).map_err(|error| {
            Error::new(
                ErrorKind::Model,
                format!(
                    "{} isn't a SentencePiece model that can be used: {error}",
                    path.display()
                ),
            )
            .with_hint("download the file again")
        })
    }

    /// Reads an `.spm` file from memory.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] as for [`SentencePiece::open`].
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let broken = |message: String| Error::new(ErrorKind::Model, message);
        let model = ModelProto::decode(bytes)
            .map_err(|source| broken("it isn't a protobuf message".into()).with_source(source))?;
        let trainer = model.trainer_spec.unwrap_or_default();
        let normal = model.normalizer_spec.unwrap_or_default();
        if model
            .denormalizer_spec
            .is_some_and(|spec| !spec.precompiled_charsmap().is_empty())
        {
            return Err(broken("its denormalisation rules aren't supported".into()));
        }

        let mut pieces = Vec::with_capacity(model.pieces.len());
        let mut reserved = HashMap::new();
        for (id, piece) in model.pieces.into_iter().enumerate() {
            let kind = piece.kind();
            let score = piece.score.unwrap_or_default();
            let text = piece.piece.unwrap_or_default();
            if text.is_empty() {
                return Err(broken(format!("its piece {id} is empty")));
            }
            if !score.is_finite() {
                return Err(broken(format!("its piece {id} has no finite score")));
            }
            if !kind.is_searched() {
                reserved.insert(text.clone(), id as u32);
            }
            pieces.push(Piece { text, score, kind });
        }
        let unknown = pieces
            .iter()
            .position(|piece| piece.kind == Kind::Unknown)
            .ok_or_else(|| broken("it has no piece for the unknown".into()))?;
        let find = |wanted: fn(Kind) -> bool| {
            let pieces = pieces.iter().enumerate();
            let pieces = pieces.filter(move |(_, piece)| wanted(piece.kind));
            pieces.map(|(id, piece)| (piece.text.as_bytes(), id as u32))
        };
        let trie = Trie::new(find(Kind::is_searched))?;
        let user_defined = Trie::new(find(|kind| kind == Kind::UserDefined))?;
        let bytes = match trainer.byte_fallback() {
            false => None,
            true => {
                let mut bytes = Box::new([0; 256]);
                for (byte, id) in bytes.iter_mut().enumerate() {
                    *id = *reserved
                        .get(&format!("<0x{byte:02X}>"))
                        .ok_or_else(|| broken("it lacks a piece for one of the bytes".into()))?;
                }
                Some(bytes)
            }
        };
        let eos = reserved
            .get(trainer.eos_piece.as_deref().unwrap_or("</s>"))
            .copied()
            .filter(|&id| pieces[id as usize].kind == Kind::Control);
        let segmenter = match trainer.model_type() {
            ModelKind::Unigram => Segmenter::Unigram(Unigram::new(&pieces)),
            ModelKind::Bpe => Segmenter::Bpe,
            other => {
                return Err(broken(format!(
                    "its type {other:?} isn't supported (unigram and BPE are)"
                )));
            }
        };
        Ok(Self {
            segmenter,
            normalizer: Normalizer::new(&normal, trainer.treat_whitespace_as_suffix())?,
            bytes,
            unknown_surface: trainer
                .unk_surface
                .unwrap_or_else(|| UNKNOWN_SURFACE.to_owned()),
            eos,
            vocabulary: Vocabulary {
                pieces,
                trie,
                user_defined,
                unknown: unknown as u32,
            },
        })
    }

    /// Number of pieces.
    pub fn size(&self) -> usize {
        self.vocabulary.pieces.len()
    }

    /// The piece that ends a sentence, if the model has one.
    pub fn eos(&self) -> Option<u32> {
        self.eos
    }

    /// The piece that stands for everything unknown.
    pub fn unknown(&self) -> u32 {
        self.vocabulary.unknown
    }

    /// The text of a piece, with U+2581 for a space; `None` if there is no such piece.
    pub fn piece(&self, id: u32) -> Option<&str> {
        let piece = self.vocabulary.pieces.get(id as usize)?;
        Some(&piece.text)
    }

    /// The ids of `text`, without an end of sentence. Control pieces such as `</s>` in the text are text.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::with_capacity(text.len() / 3 + 4);
        let mut after_unknown = false;
        self.segment(text, |piece, id| {
            let is_unknown = id == self.vocabulary.unknown;
            match &self.bytes {
                Some(bytes) if is_unknown => {
                    ids.extend(piece.iter().map(|&byte| bytes[usize::from(byte)]));
                }
                // A run of unknown pieces counts as one.
                _ if is_unknown && after_unknown => {}
                _ => ids.push(id),
            }
            after_unknown = is_unknown;
        });
        ids
    }

    /// The pieces of `text` as they are written, with U+2581 for a space; a run that is unknown stands as it is.
    pub fn pieces(&self, text: &str) -> Vec<String> {
        let mut pieces: Vec<String> = Vec::with_capacity(text.len() / 3 + 4);
        let mut after_unknown = false;
        self.segment(text, |piece, id| {
            let is_unknown = id == self.vocabulary.unknown;
            let surface = String::from_utf8_lossy(piece);
            match (&self.bytes, pieces.last_mut()) {
                (Some(bytes), _) if is_unknown => {
                    let ids = piece.iter().map(|&byte| bytes[usize::from(byte)]);
                    pieces.extend(ids.filter_map(|id| self.piece(id)).map(str::to_owned));
                }
                (None, Some(last)) if is_unknown && after_unknown => last.push_str(&surface),
                _ => pieces.push(surface.into_owned()),
            }
            after_unknown = is_unknown;
        });
        pieces
    }

    /// Emits each piece of `text` with its id.
    fn segment(&self, text: &str, emit: impl FnMut(&[u8], u32)) {
        let normalized = self
            .normalizer
            .normalize(text, &self.vocabulary.user_defined);
        match &self.segmenter {
            Segmenter::Unigram(unigram) => unigram.segment(&self.vocabulary, &normalized, emit),
            Segmenter::Bpe => bpe::segment(&self.vocabulary, &normalized, emit),
        }
    }

    /// The text of `ids`; ids that don't exist are left out.
    pub fn decode(&self, ids: &[u32]) -> String {
        let mut text = String::new();
        let mut bytes = Vec::new();
        let mut strip_space = self.normalizer.decoding_strips_space();
        for &id in ids {
            let Some(piece) = self.vocabulary.pieces.get(id as usize) else {
                continue;
            };
            if let (Kind::Byte, Some(byte)) = (piece.kind, byte(&piece.text)) {
                bytes.push(byte);
                continue;
            }
            flush(&mut bytes, &mut text);
            if !text.is_empty() {
                strip_space = false;
            }
            match piece.kind {
                Kind::Control => {}
                Kind::Unknown => text.push_str(&self.unknown_surface),
                _ => {
                    let stripped = match strip_space {
                        true => piece.text.strip_prefix(SPACE),
                        false => None,
                    };
                    // Where extra spaces are removed all leading ones go, else only the one that encoding added.
                    strip_space &= stripped.is_none() || self.normalizer.removes_extra_spaces();
                    let shown = stripped.unwrap_or(&piece.text);
                    text.extend(shown.chars().map(|c| if c == '\u{2581}' { ' ' } else { c }));
                }
            }
        }
        flush(&mut bytes, &mut text);
        text
    }
}

/// The byte of a piece such as `<0xE2>`.
fn byte(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok()
}

/// Appends bytes as text, a replacement character for each that belongs to none.
fn flush(bytes: &mut Vec<u8>, text: &mut String) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    bytes.clear();
}
