//! The files that `run` writes. They are opened before the work: a bad folder must not cost the user half an hour.

use std::path::{Path, PathBuf};

use super::input::Document;
use crate::article::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::output::{OutputFormat, Target, create_folder};
use crate::text::Lang;

/// One file for each result.
pub(super) struct Targets {
    /// The translations, in the order of their languages.
    pub(super) translations: Vec<Target>,
    /// The translations in other forms than the article's own.
    pub(super) others: Vec<(Lang, OutputFormat, Target)>,
    /// The summaries, in the order of their languages.
    pub(super) summaries: Vec<Target>,
    /// The report, which is written in any case.
    pub(super) report: Target,
}

impl Targets {
    /// Opens the files in `folder`, which is made if need be.
    ///
    /// # Errors
    /// As [`Target::open`]; [`ErrorKind::Usage`] if two results would have one name.
    pub(super) fn open(
        document: &Document,
        folder: &Path,
        to: &[Lang],
        formats: &[OutputFormat],
        summary_langs: &[Lang],
    ) -> Result<Self> {
        let names = Names::of(document, folder);
        create_folder(folder)?;
        let translations = names.open(to, "")?;
        let mut others = Vec::new();
        for &to in to {
            for &format in formats.iter().filter(|f| **f != OutputFormat::Json) {
                let target = Target::open(&names.other(to, format)?)?;
                others.push((to, format, target));
            }
        }
        let report = Target::open(&names.path("json"))?;
        let extension = match names.is_prose {
            true => names.extension.clone(),
            false => Format::Text.extension().to_string(),
        };
        let summaries = Names { extension, ..names }.open(summary_langs, ".summary")?;
        Ok(Self {
            translations,
            others,
            summaries,
            report,
        })
    }
}

/// The names of the results: `kazakistan.it.md` becomes `kazakistan.en.md`, `kazakistan.en.summary.md` and
/// `kazakistan.json`.
struct Names<'a> {
    stem: String,
    extension: String,
    /// A summary is running text or a list, no page and no subtitles.
    is_prose: bool,
    folder: &'a Path,
}

impl<'a> Names<'a> {
    fn of(document: &Document, folder: &'a Path) -> Self {
        let unnamed = PathBuf::from(format!("article.{}", document.article.format().extension()));
        let path = document.path.as_deref().unwrap_or(&unnamed);
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned())
                .unwrap_or_default()
        };
        let mut stem = text(path.file_stem());
        if let Some(bare) = stem.strip_suffix(&format!(".{}", document.lang)) {
            stem = bare.to_string();
        }
        let format = document.article.format();
        Self {
            stem,
            extension: text(path.extension()),
            is_prose: matches!(format, Format::Text | Format::Markdown),
            folder,
        }
    }

    fn path(&self, suffix: &str) -> PathBuf {
        let extension = match (suffix, self.extension.as_str()) {
            ("json", _) | (_, "") => String::new(),
            (_, extension) => format!(".{extension}"),
        };
        self.folder
            .join(format!("{}.{suffix}{extension}", self.stem))
    }

    /// The name of a translation in another form than the article's.
    fn other(&self, lang: Lang, format: OutputFormat) -> Result<PathBuf> {
        let name = format!("{}.{lang}.{}", self.stem, format.extension());
        let path = self.folder.join(name);
        if path == self.path(lang.code()) {
            return Err(Error::new(
                ErrorKind::Usage,
                format!("two results would be called {}", path.display()),
            )
            .with_hint(format!("leave {} out of --format", format.name())));
        }
        Ok(path)
    }

    fn open(&self, langs: &[Lang], suffix: &str) -> Result<Vec<Target>> {
        langs
            .iter()
            .map(|lang| Target::open(&self.path(&format!("{lang}{suffix}"))))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_of_a_page_is_a_text_file() {
        let folder = tempfile::tempdir().unwrap();
        for (format, summary) in [
            (Format::Html, "article.en.summary.txt"),
            (Format::Srt, "article.en.summary.txt"),
            (Format::Markdown, "article.en.summary.md"),
        ] {
            let document = Document::from_text_in("Sì.", format, Lang::IT);
            let langs = [Lang::EN];
            let targets = Targets::open(&document, folder.path(), &langs, &[], &langs).unwrap();
            let name = |target: &Target| target.path().file_name().unwrap().to_owned();
            assert_eq!(name(&targets.summaries[0]), *summary);
            let own = format!("article.en.{}", format.extension());
            assert_eq!(name(&targets.translations[0]), *own);
        }
    }
}
