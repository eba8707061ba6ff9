//! The tokenizers of BLEU, as sacrebleu 2.6 has them.

use std::borrow::Cow;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::words::{stripped, words};
use crate::error::{Error, ErrorKind, Result};
use crate::tokenizer::sentencepiece::SentencePiece;

/// How a text is cut into tokens before n-grams are counted.
#[derive(Debug)]
pub enum Tokenizer {
    /// `13a`: mteval-v13a's, the usual one.
    V13a,
    /// `intl`: mteval-v14's, which knows the punctuation of all scripts.
    Intl,
    /// `zh`: Chinese characters each for itself.
    Zh,
    /// `char`: every character for itself.
    Char,
    /// `none`: the text is cut into tokens already.
    None,
    /// `spm`: the pieces of a SentencePiece model, which makes spBLEU; and what the signature calls it.
    Spm(Box<SentencePiece>, String),
}

/// Names of the tokenizers.
pub const TOKENIZERS: [&str; 6] = ["13a", "intl", "zh", "char", "none", "spm"];

impl Tokenizer {
    /// The tokenizer of that name; `spm` is the model of `spm`. The model's signature is its file's name, so that a file
    /// `flores200.model` has sacrebleu's.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] if there is none of that name, or it needs a file or takes none; and as
    /// [`SentencePiece::open`].
    pub fn open(name: &str, spm: Option<&Path>) -> Result<Self> {
        let of_its_own = match name {
            "13a" => Self::V13a,
            "intl" => Self::Intl,
            "zh" => Self::Zh,
            "char" => Self::Char,
            "none" => Self::None,
            "spm" => {
                let Some(path) = spm else {
                    let message = "the tokenizer spm is a file of SentencePiece";
                    return Err(Error::new(ErrorKind::Usage, message)
                        .with_hint("name it: --spm flores200.model"));
                };
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                let model = SentencePiece::open(path)?;
                return Ok(Self::Spm(Box::new(model), stem.into_owned()));
            }
            other => return Error::one_of("tokenizer", other, &TOKENIZERS).map(|_| Self::None),
        };
        if spm.is_some() {
            let message = format!("the tokenizer {name} takes no file of SentencePiece");
            return Err(Error::new(ErrorKind::Usage, message).with_hint("say --tokenize spm"));
        }
        Ok(of_its_own)
    }

    /// What a signature calls it.
    pub(super) fn signature(&self) -> &str {
        match self {
            Self::V13a => "13a",
            Self::Intl => "intl",
            Self::Zh => "zh",
            Self::Char => "char",
            Self::None => "none",
            Self::Spm(_, name) => name,
        }
    }

    /// The tokens of a line.
    pub fn tokens(&self, line: &str) -> Vec<String> {
        let text: Cow<'_, str> = match self {
            Self::V13a => western(&format!(" {} ", unescaped(line))).into(),
            Self::Intl => international(line).into(),
            Self::Zh => western(&spaced(stripped(line))).into(),
            Self::Char => {
                let single = line.chars().map(String::from);
                let some = single.filter(|c| words(c).next().is_some());
                return some.collect();
            }
            Self::None => line.into(),
            Self::Spm(model, _) => model.pieces(line).join(" ").into(),
        };
        words(&text).map(str::to_owned).collect()
    }
}

/// What mteval-v13a does before it cuts.
fn unescaped(line: &str) -> String {
    line.replace("<skipped>", "")
        .replace("-\n", "")
        .replace('\n', " ")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
}

/// A pattern of the source code.
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns below are valid")
}

/// Replaces what each pattern finds, one after another.
fn replaced(line: &str, rules: &[(Regex, &str)]) -> String {
    let mut line = Cow::Borrowed(line);
    for (pattern, replacement) in rules {
        if let Cow::Owned(changed) = pattern.replace_all(&line, *replacement) {
            line = Cow::Owned(changed);
        }
    }
    line.into_owned()
}

/// Punctuation of western languages.
fn western(line: &str) -> String {
    static RULES: LazyLock<[(Regex, &str); 4]> = LazyLock::new(|| {
        [
            (pattern(r"([{-~\[-` -&(-+:-@/])"), " $1 "),
            // A full stop or a comma stays within a number.
            (pattern(r"([^0-9])([.,])"), "$1 $2 "),
            (pattern(r"([.,])([^0-9])"), " $1 $2"),
            (pattern(r"([0-9])(-)"), "$1 $2 "),
        ]
    });
    replaced(line, &*RULES)
}

/// Punctuation and symbols of all scripts.
fn international(line: &str) -> String {
    static RULES: LazyLock<[(Regex, &str); 3]> = LazyLock::new(|| {
        [
            (pattern(r"(\P{N})(\p{P})"), "$1 $2 "),
            (pattern(r"(\p{P})(\P{N})"), " $1 $2"),
            (pattern(r"(\p{S})"), " $1 "),
        ]
    });
    replaced(line, &*RULES)
}

/// The characters that sacrebleu holds for Chinese. Two of its ranges are written with five digits where Python takes four,
/// and so begin much lower: that is kept.
const CHINESE: [(char, char); 22] = [
    ('\u{3400}', '\u{4db5}'),
    ('\u{4e00}', '\u{9fa5}'),
    ('\u{9fa6}', '\u{9fbb}'),
    ('\u{f900}', '\u{fa2d}'),
    ('\u{fa30}', '\u{fa6a}'),
    ('\u{fa70}', '\u{fad9}'),
    ('\u{2001}', '\u{2a6d}'),
    ('\u{2f81}', '\u{2fa1}'),
    ('\u{ff00}', '\u{ffef}'),
    ('\u{2e80}', '\u{2eff}'),
    ('\u{3000}', '\u{303f}'),
    ('\u{31c0}', '\u{31ef}'),
    ('\u{2f00}', '\u{2fdf}'),
    ('\u{2ff0}', '\u{2fff}'),
    ('\u{3100}', '\u{312f}'),
    ('\u{31a0}', '\u{31bf}'),
    ('\u{fe10}', '\u{fe1f}'),
    ('\u{fe30}', '\u{fe4f}'),
    ('\u{2600}', '\u{26ff}'),
    ('\u{2700}', '\u{27bf}'),
    ('\u{3200}', '\u{32ff}'),
    ('\u{3300}', '\u{33ff}'),
];

/// Space around every Chinese character.
fn spaced(line: &str) -> String {
    let mut out = String::with_capacity(line.len() * 2);
    for c in line.chars() {
        let chinese = CHINESE
            .iter()
            .any(|(first, last)| (first..=last).contains(&&c));
        if chinese {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out
}
