//! Which language a text is written in.
//!
//! Two detectors vote. Measured on the FLORES dev split (997 lines in each of it, pt, es, en, fr and de) as whole
//! sentences, their first 40 characters, and their first 3 words; "confused" counts Romance languages taken for one
//! another; sizes are what a stripped release binary grows by:
//!
//! | crate | sentence | 40 chars | 3 words | confused (of 3 988 cut to 40) | binary | crates | speed |
//! |---|---|---|---|---|---|---|---|
//! | whatlang 0.18, all 70 languages | 99.41 % | 89.33 % | 67.15 % | 293 | 0.3 MB | 5 | 2 MB/s |
//! | whatlang 0.18, 18 of Europe | 99.53 % | 90.74 % | 72.35 % | 307 | 0.3 MB | 5 | 4 MB/s |
//! | whichlang 0.1.1, its 16 languages | 99.95 % | 97.49 % | 86.53 % | 78 | 0.3 MB | 1 | 95 MB/s |
//! | lingua 1.8, 18 of Europe | 99.77 % | 97.39 % | 87.11 % | 72 | 106 MB | 62 | 0.2 MB/s |
//! | the first and the third, as here | 99.92 % | 97.61 % | 86.61 % | 71 | 0.6 MB | 6 | 2 MB/s |
//!
//! whichlang is the most accurate for its size, but knows 16 languages, takes Romanian for Spanish and Greek for
//! Vietnamese, and gives no confidence. whatlang knows 70 and gives one. Where the two agree they are right in 96 %
//! (3 words), 99 % (40 characters) or 100 % (sentence) of cases, which makes their agreement the confidence that whichlang lacks.

use std::borrow::Cow;

use whatlang::{Detector, Script};

use super::Lang;

/// What [`detect`] makes of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detection {
    /// The most likely language; `None` if the text has no letters, or is in a language without a code here.
    pub lang: Option<Lang>,
    /// From 0 to 1.
    pub confidence: f64,
    /// The detectors disagree, or the text is too short to tell: worth a warning.
    pub doubtful: bool,
}

/// Above this, whatlang is believed even against whichlang. (Below it whichlang is nearly always the one that's right.)
const SURE: f64 = 0.6;
/// Agreement on fewer letters than this proves little.
const FEW_LETTERS: usize = 12;
/// A text longer than this many bytes is sampled.
const LONG: usize = 16 * 1024;
/// How many pieces of a long text are looked at, and how many bytes each has.
const PIECES: (usize, usize) = (8, 1024);

/// Detects the language of `text`; a long text is sampled in eight places, so the time is bounded.
///
/// ```
/// use traghetto::{Lang, text::detect};
///
/// let found = detect("Il governo ha smentito la notizia di ieri.");
/// assert_eq!(found.lang, Some(Lang::IT));
/// assert!(!found.doubtful);
/// assert_eq!(detect("1984").lang, None);
/// ```
pub fn detect(text: &str) -> Detection {
    let text = sample(text);
    // Languages without a row in `Lang`; they'd only take letters from the others.
    use whatlang::Lang::{Aka, Jav, Ori, Sna, Tuk};
    let Some(guess) = Detector::with_denylist(vec![Aka, Jav, Ori, Sna, Tuk]).detect(&text) else {
        return Detection {
            lang: None,
            confidence: 0.0,
            doubtful: true,
        };
    };
    let wide = to_lang(guess.lang().code());
    let narrow = to_lang(whichlang::detect_language(&text).three_letter_code());
    let letters = text.chars().filter(|c| c.is_alphabetic()).take(FEW_LETTERS);
    let short = letters.count() < FEW_LETTERS && guess.script() == Script::Latin;
    if wide == narrow {
        Detection {
            lang: wide,
            confidence: if short {
                0.5
            } else {
                0.9 + 0.1 * guess.confidence()
            },
            doubtful: short,
        }
    } else if guess.confidence() >= SURE || !narrow.is_some_and(|l| written_in(l, guess.script())) {
        Detection {
            lang: wide,
            confidence: guess.confidence(),
            doubtful: short || guess.confidence() < SURE,
        }
    } else {
        Detection {
            lang: narrow,
            confidence: 0.6 * (1.0 - guess.confidence()),
            doubtful: true,
        }
    }
}

/// `text`, or pieces from all over it if it's long.
fn sample(text: &str) -> Cow<'_, str> {
    if text.len() <= LONG {
        return Cow::Borrowed(text);
    }
    let (count, size) = PIECES;
    let pieces = (0..count).map(|i| {
        let start = text.ceil_char_boundary(i * (text.len() - size) / (count - 1));
        &text[start..text.floor_char_boundary(start + size)]
    });
    Cow::Owned(pieces.collect::<Vec<_>>().join(" "))
}

/// Both crates use ISO 639-3, with a few codes of single languages where [`Lang`] has the macrolanguage.
fn to_lang(code: &str) -> Option<Lang> {
    let code = match code {
        "cmn" => "zho",
        "nob" => "nor",
        "pes" => "fas",
        other => other,
    };
    Lang::all().find(|lang| lang.iso639_3() == code)
}

/// Whether a language that whichlang knows is written in `script`.
fn written_in(lang: Lang, script: Script) -> bool {
    match lang.code() {
        "ar" => script == Script::Arabic,
        "hi" => script == Script::Devanagari,
        "ja" => matches!(
            script,
            Script::Hiragana | Script::Katakana | Script::Mandarin
        ),
        "ko" => script == Script::Hangul,
        "ru" => script == Script::Cyrillic,
        "zh" => script == Script::Mandarin,
        _ => script == Script::Latin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<&'static str> {
        detect(text).lang.map(Lang::code)
    }

    #[test]
    fn short_texts_of_many_languages() {
        for (expected, text) in [
            ("it", "Il gatto dorme sul tetto"),
            (
                "it",
                "Il tentato colpo di stato prima del voto e le critiche",
            ),
            ("it", "Sette persone sono state arrestate giovedì."),
            ("pt", "Este é um artigo sobre as eleições no Cazaquistão."),
            ("pt", "A oposição não reconhece o resultado."),
            ("es", "Este es un artículo sobre las elecciones."),
            ("es", "El presidente fue reelegido con el 81 por ciento."),
            ("en", "The president was re-elected with 81 per cent."),
            ("fr", "Le président a été réélu avec 81 pour cent des voix."),
            ("de", "Der Präsident wurde mit 81 Prozent wiedergewählt."),
            ("ro", "Președintele a fost reales cu 81 la sută din voturi."),
            (
                "ca",
                "El president ha estat reelegit amb el vuitanta per cent dels vots.",
            ),
            ("pl", "To jest artykuł o wyborach w Kazachstanie."),
            ("hu", "Ez egy cikk a kazahsztáni választásokról."),
            ("el", "Αυτό είναι ένα άρθρο για τις εκλογές."),
            ("uk", "Це стаття про вибори в Казахстані."),
            ("ru", "Это статья о выборах в Казахстане."),
            ("he", "זהו מאמר על הבחירות"),
            ("ar", "هذا مقال عن الانتخابات في كازاخستان"),
            ("ja", "これは選挙に関する記事です。"),
            ("zh", "这是一篇关于选举的文章"),
        ] {
            assert_eq!(code(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn doubt_is_said() {
        for text in ["", "123 456", "…", "Ciao", "OK", "Tokayev"] {
            assert!(detect(text).doubtful, "{text}");
        }
        assert_eq!(detect("123 456").lang, None);
        let sure = detect("Con oltre l’81 per cento dei consensi è stato confermato presidente.");
        assert!(!sure.doubtful && sure.confidence > 0.9, "{sure:?}");
    }

    #[test]
    fn a_long_text_is_sampled_on_char_boundaries() {
        let text = "Però così è più bello: l’età dell’oro è già finita. ".repeat(200_000);
        let start = std::time::Instant::now();
        assert_eq!(code(&text), Some("it"));
        assert!(start.elapsed().as_millis() < 500, "{:?}", start.elapsed());
    }

    /// The figures of the module's docstring; FLORES itself may not be committed, so the test above covers the core.
    #[test]
    fn accuracy_on_flores() {
        let (mut right, mut all, mut confused) = ([0; 3], 0, 0);
        let romance = ["it", "pt", "es", "fr", "ca", "ro", "gl"];
        for lang in [Lang::IT, Lang::PT, Lang::ES, Lang::EN, Lang::FR, Lang::DE] {
            let Ok(text) = std::fs::read_to_string(format!("../shared/eval/flores-dev.{lang}"))
            else {
                eprintln!("skipped: ../shared/eval/flores-dev.{lang} is not here");
                return;
            };
            for line in text.lines() {
                let cut: String = line.chars().take(40).collect();
                let words: Vec<_> = line.split_whitespace().take(3).collect();
                all += 1;
                let taken = code(&cut).unwrap_or_default();
                let both = romance.contains(&lang.code()) && romance.contains(&taken);
                confused += usize::from(both && taken != lang.code());
                for (right, piece) in right.iter_mut().zip([line, &cut, &words.join(" ")]) {
                    *right += usize::from(detect(piece).lang == Some(lang));
                }
            }
        }
        let [sentence, cut, words] = right.map(|n| n as f64 / all as f64);
        eprintln!(
            "sentence {sentence:.4}, 40 characters {cut:.4}, 3 words {words:.4}, confused {confused}"
        );
        assert!(sentence > 0.999 && cut > 0.97 && words > 0.85 && confused < 90);
    }
}
