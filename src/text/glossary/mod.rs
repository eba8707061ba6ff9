//! Glossaries: terms and their fixed translations, from a table (TSV, CSV) or from TBX (ISO 30042).
//!
//! A table has the columns term, translation, note and do-not-translate, in this order; a header line may name them in
//! another one, and may name languages (`it`, `en`, `pt`, …) in place of "term" and "translation". Lines of a TSV file
//! that begin with `#` are comments.

mod table;
mod tbx;
mod term;
mod verify;

use std::path::Path;

use sha2::{Digest, Sha256};

use super::Lang;
use crate::error::{Error, ErrorKind, Result};
pub use term::{Term, find};
use verify::bad;

/// The terms of one file.
#[derive(Debug, Clone)]
pub struct Glossary {
    terms: Vec<Term>,
    hash: String,
}

/// Larger files are refused.
const MAX_BYTES: u64 = 16 << 20;

impl Glossary {
    /// Reads a file: TBX if its name ends in `.tbx` or `.xml`, CSV if in `.csv`, else TSV.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if it can't be read; [`ErrorKind::Usage`] as [`Glossary::parse`] has it.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |error| Error::io("reading the glossary", path, error);
        let name = path.display().to_string();
        if std::fs::metadata(path).map_err(io)?.len() > MAX_BYTES {
            let message = format!("{name} is larger than {} MiB", MAX_BYTES >> 20);
            return Err(Error::new(ErrorKind::Usage, message).with_hint("is it a glossary?"));
        }
        let bytes = std::fs::read(path).map_err(io)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let message = format!("{name} is not UTF-8: byte {at} is none of its characters");
            Error::new(ErrorKind::Usage, message).with_hint("save the glossary as UTF-8")
        })?;
        let extension = path.extension().and_then(|end| end.to_str());
        Self::parse(&text, extension.unwrap_or_default(), &name)
    }

    /// The glossary in `text`, by the extension of its file; `name` is for messages.
    ///
    /// # Errors
    /// [`ErrorKind::Usage`] naming the line, if the file is malformed, has a term twice, or leads in a circle.
    ///
    /// ```
    /// use traghetto::{Glossary, Lang};
    ///
    /// let glossary = Glossary::parse("it\ten\ngoverno\tcabinet\n", "tsv", "terms.tsv")?;
    /// let terms = glossary.terms(Lang::IT, Lang::EN, true);
    /// assert_eq!(terms[0].translation, "cabinet");
    /// assert_eq!(terms[0].find("Il Governo ha smentito.").len(), 1);
    /// # Ok::<(), traghetto::Error>(())
    /// ```
    pub fn parse(text: &str, extension: &str, name: &str) -> Result<Self> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let terms = match extension.to_ascii_lowercase().as_str() {
            "tbx" | "xml" => tbx::read(text, name)?,
            "csv" => table::csv(text, name)?,
            _ => table::tsv(text, name)?,
        };
        if terms.is_empty() {
            return Err(bad(name, None, "it has no terms"));
        }
        verify::doubles(&terms, name)?;
        verify::circles(&terms, name)?;
        let mut lines: Vec<String> = terms
            .iter()
            .map(|term| format!("{:?}", (term.from, term.to, &term.term, &term.translation)))
            .collect();
        lines.sort_unstable();
        let hash = Sha256::digest(lines.join("\n").as_bytes());
        Ok(Self {
            terms,
            hash: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// sha256, in hexadecimal, of what the glossary says: the same for another order, format or note.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether some term has a translation for an unsaid language, so that one file serves one language only.
    pub fn serves_one_language(&self) -> bool {
        let unsaid = |term: &Term| !term.is_kept() && term.to.is_none();
        self.terms.iter().any(unsaid)
    }

    /// The terms for one pair of languages, the longest first. `whole`: whether it leads from the article's language
    /// to the one asked for; terms without a language hold for that only, unless they stay as they are.
    pub fn terms(&self, from: Lang, to: Lang, whole: bool) -> Vec<Term> {
        let fits = |term: &&Term| {
            let said = |said: Option<Lang>, lang: Lang| match said {
                Some(said) => said == lang,
                None => whole || term.is_kept(),
            };
            said(term.from, from) && said(term.to, to)
        };
        let mut terms: Vec<Term> = self.terms.iter().filter(fits).cloned().collect();
        terms.sort_by_key(|term| std::cmp::Reverse(term.term.len()));
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, extension: &str) -> Result<Glossary> {
        Glossary::parse(text, extension, "terms")
    }

    fn pairs(glossary: &Glossary, from: Lang, to: Lang) -> Vec<(String, String)> {
        let terms = glossary.terms(from, to, true).into_iter();
        terms.map(|term| (term.term, term.translation)).collect()
    }

    fn own(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(a, b): &(&str, &str)| (a.to_string(), b.to_string());
        pairs.iter().map(own).collect()
    }

    #[test]
    fn a_term_in_other_letters_is_no_circle() {
        let glossary = parse("Osce\tOSCE\nCsto\tCSTO\n", "tsv").unwrap();
        let expected = own(&[("Osce", "OSCE"), ("Csto", "CSTO")]);
        assert_eq!(pairs(&glossary, Lang::IT, Lang::EN), expected);
    }

    #[test]
    fn one_glossary_in_three_formats() {
        let tsv = parse(
            "# ours\nit\ten\tnote\tdnt\ncolpo di stato\tcoup d’état\tas the house style has it\nAstana\t\t\tyes\n",
            "tsv",
        )
        .unwrap();
        let csv = parse(
            "\u{feff}it;en;note;dnt\r\n\"colpo di stato\";\"coup d’état\";\"a \"\"note\"\"\";\r\nAstana;;;yes\r\n",
            "csv",
        )
        .unwrap();
        let expected = own(&[("colpo di stato", "coup d’état"), ("Astana", "Astana")]);
        assert_eq!(pairs(&tsv, Lang::IT, Lang::EN), expected);
        assert_eq!(pairs(&csv, Lang::IT, Lang::EN), expected);
        assert_eq!(tsv.hash(), csv.hash());
        assert_eq!(tsv.hash().len(), 64);
        assert_eq!(
            csv.terms(Lang::IT, Lang::EN, true)[0].note.as_deref(),
            Some("a \"note\"")
        );
        assert_eq!(
            pairs(&tsv, Lang::IT, Lang::PT),
            own(&[("Astana", "Astana")])
        );
        assert!(!tsv.serves_one_language());
        let tbx = parse(
            r#"<martif xml:lang="it"><text><body><termEntry id="1"><note>x</note>
            <langSet xml:lang="it"><tig><term>colpo di stato</term></tig></langSet>
            <langSet xml:lang="en-GB"><tig><term>coup d’état</term></tig></langSet></termEntry></body></text></martif>"#,
            "tbx",
        )
        .unwrap();
        assert_eq!(pairs(&tbx, Lang::IT, Lang::EN), expected[..1]);
        assert_eq!(
            pairs(&tbx, Lang::EN, Lang::IT),
            own(&[("coup d’état", "colpo di stato")])
        );
        assert_eq!(pairs(&tbx, Lang::EN, Lang::PT), []);
    }

    #[test]
    fn a_table_without_a_header_serves_one_language() {
        let glossary = parse("lingua\ttongue\nNato\tNato\n", "txt").unwrap();
        assert!(glossary.serves_one_language());
        assert_eq!(
            pairs(&glossary, Lang::IT, Lang::EN),
            own(&[("lingua", "tongue"), ("Nato", "Nato")])
        );
        // On the first leg of two only what stays as it is.
        let leg = glossary.terms(Lang::IT, Lang::EN, false);
        assert_eq!(leg.len(), 1);
        assert!(leg[0].is_kept());
    }

    #[test]
    fn bad_glossaries_are_named_with_their_line() {
        for (extension, text, expected) in [
            ("tsv", "", "terms: it has no terms"),
            (
                "tsv",
                "a\tb\nA\tc\n",
                "line 2: \"A\" is there twice: \"b\" (line 1) and \"c\"",
            ),
            (
                "tsv",
                "a\tb\nb\tc\nc\ta\n",
                "line 1: it leads in a circle: a → b → c → a",
            ),
            (
                "tsv",
                "a\tb\nalone\n",
                "line 2: \"alone\" has no translation",
            ),
            ("tsv", "a\tb\n\tx\n", "line 2: a line without a term"),
            (
                "tsv",
                "a\tb\tn\tno\tmore\n",
                "line 1: 5 columns, but 4 are known",
            ),
            (
                "tsv",
                "a\tb\tn\tperhaps\n",
                "line 1: \"perhaps\" is neither yes nor no",
            ),
            (
                "tsv",
                "a\tb\t\tyes\n",
                "line 1: \"a\" must not be translated, but has \"b\"",
            ),
            (
                "csv",
                "a,b\nc,\"d\n",
                "line 2: a quotation mark is never closed",
            ),
            ("tbx", "<martif><termEntry>", "it is no well-formed XML"),
            (
                "tbx",
                "<m><termEntry><langSet xml:lang='zz9'><term>a</term></langSet></termEntry></m>",
                "line 1: the language \"zz9\" is unknown",
            ),
            (
                "tbx",
                "<m><termEntry><langSet xml:lang='it'/></termEntry></m>",
                "line 1: a concept without a term in \"it\"",
            ),
        ] {
            let error = parse(text, extension).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage);
            assert!(
                error.to_string().contains(expected),
                "{error}, not {expected}"
            );
        }
    }

    #[test]
    fn terms_are_found_as_whole_words() {
        let spans = |text: &str, term: &str| -> Vec<usize> {
            find(text, term).iter().map(|span| span.start).collect()
        };
        assert_eq!(spans("Il colpo, un Colpo, i colpi", "colpo"), [3, 13]);
        assert_eq!(spans("la Lega e la lega", "Lega"), [3]);
        assert_eq!(spans("dell’Osce", "Osce"), ["dell’".len()]);
        assert_eq!(spans("", "a"), [0; 0]);
        assert_eq!(spans("é è é", "é"), [0, 6]);
    }
}
