//! The files that `run` writes. They are opened before the work: a bad folder must not cost the user half an hour.

use std::path::{Path, PathBuf};

use super::input::Document;
use crate::article::Format;
use crate::error::{Error, ErrorKind, Result};
use crate::output::{OutputFormat, Target, create_folder, sha256_hex};
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
    /// Files that have names of results and aren't as a run of this article left them: what they are called, and what they
    /// will be.
    pub(super) aside: Vec<(PathBuf, PathBuf)>,
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
        let earlier = Earlier::read(&names.path("json")).filter(|one| one.is_of(document));
        let mut opener = Opener {
            earlier,
            aside: Vec::new(),
        };
        let translations = opener.all(&names, to, "")?;
        let mut others = Vec::new();
        for &to in to {
            for &format in formats.iter().filter(|f| **f != OutputFormat::Json) {
                let target = opener.open(&names.other(to, format)?)?;
                others.push((to, format, target));
            }
        }
        let report = opener.open(&names.path("json"))?;
        let extension = match names.is_prose {
            true => names.extension.clone(),
            false => Format::Text.extension().to_string(),
        };
        let summaries = Names { extension, ..names };
        let summaries = opener.all(&summaries, summary_langs, ".summary")?;
        Ok(Self {
            translations,
            others,
            summaries,
            report,
            aside: opener.aside,
        })
    }
}

/// Opens the files, and keeps those that are no results of an earlier run.
struct Opener {
    earlier: Option<Earlier>,
    aside: Vec<(PathBuf, PathBuf)>,
}

impl Opener {
    fn open(&mut self, path: &Path) -> Result<Target> {
        let target = Target::open(path)?;
        if self.earlier.as_ref().is_some_and(|one| one.wrote(path)) {
            return Ok(target);
        }
        let (target, aside) = target.keeping();
        self.aside
            .extend(aside.map(|aside| (path.to_path_buf(), aside)));
        Ok(target)
    }

    fn all(&mut self, names: &Names<'_>, langs: &[Lang], suffix: &str) -> Result<Vec<Target>> {
        let paths = langs
            .iter()
            .map(|lang| names.path(&format!("{lang}{suffix}")));
        paths.map(|path| self.open(&path)).collect()
    }
}

/// What the report of an earlier run says.
struct Earlier {
    /// Its own name.
    own: String,
    /// The article, if it was a file.
    input: Option<PathBuf>,
    /// The article's sha256.
    sha256: String,
    /// The results: their names, and their sha256.
    results: Vec<(String, String)>,
}

impl Earlier {
    /// Reads the report at `path`, if one is there.
    fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let json: serde_json::Value = serde_json::from_str(&text).ok()?;
        if !json["schema"].as_str()?.starts_with("traghetto-report/") {
            return None;
        }
        let files = json["files"].as_array().into_iter().flatten();
        let result = |file: &serde_json::Value| {
            let name = file_name(Path::new(file["path"].as_str()?))?;
            Some((name, file["sha256"].as_str()?.to_owned()))
        };
        Some(Self {
            own: file_name(path)?,
            input: json["input"]["path"].as_str().map(PathBuf::from),
            sha256: json["input"]["sha256"].as_str()?.to_owned(),
            results: files.filter_map(result).collect(),
        })
    }

    /// Whether the file at `path` is the report itself, or a result that nobody has changed since: who corrects a
    /// translation keeps it.
    fn wrote(&self, path: &Path) -> bool {
        let Some(name) = file_name(path) else {
            return false;
        };
        if name == self.own {
            return true;
        }
        let mut results = self.results.iter().filter(|(own, _)| *own == name);
        results.any(|(_, sha256)| std::fs::read(path).is_ok_and(|now| sha256_hex(&now) == *sha256))
    }

    /// Whether it is of this article; of texts on standard input, which have no name, only the same one is.
    fn is_of(&self, document: &Document) -> bool {
        let (Some(own), Some(path)) = (&self.input, document.path.as_deref()) else {
            let are_nameless = self.input.is_none() && document.path.is_none();
            return are_nameless && self.sha256 == document.sha256;
        };
        match (own.canonicalize(), path.canonicalize()) {
            (Ok(own), Ok(path)) => own == path,
            // It was moved, or is named from another folder.
            _ => own.file_name() == path.file_name(),
        }
    }
}

fn file_name(path: &Path) -> Option<String> {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
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
        let mut names = Self {
            stem,
            extension: text(path.extension()),
            is_prose: matches!(format, Format::Text | Format::Markdown),
            folder,
        };
        // `x.md` and `x.txt` would have one report.
        let report = names.path("json");
        let of_another = Earlier::read(&report).is_some_and(|one| !one.is_of(document));
        let is_input = |path: &Path| match (path.canonicalize(), document.path.as_deref()) {
            (Ok(path), Some(own)) => own.canonicalize().is_ok_and(|own| own == path),
            _ => false,
        };
        if of_another || is_input(&report) {
            names.stem = text(path.file_name());
        }
        names
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn document(path: &Path) -> Document {
        let mut document = Document::from_text_in("Sì.", Format::Markdown, Lang::IT);
        document.path = Some(path.to_path_buf());
        document
    }

    /// Writes what a run writes.
    fn run_of(document: &Document, folder: &Path) -> (Vec<String>, usize) {
        let langs = [Lang::EN];
        let targets = Targets::open(document, folder, &langs, &[], &langs).unwrap();
        let aside = targets.aside.len();
        let all = [targets.translations, targets.summaries]
            .into_iter()
            .flatten();
        let mut names = Vec::new();
        let mut files = Vec::new();
        let text = format!("{:?}", document.path);
        for target in all {
            names.push(file_name(target.path()).unwrap());
            let sha256 = sha256_hex(text.as_bytes());
            files.push(serde_json::json!({"path": target.path(), "sha256": sha256}));
            target.write(text.as_bytes()).unwrap();
        }
        let report = serde_json::json!({
            "schema": "traghetto-report/1",
            "input": {"path": document.path, "sha256": document.sha256},
            "files": files,
        });
        names.push(file_name(targets.report.path()).unwrap());
        targets.report.write(report.to_string().as_bytes()).unwrap();
        (names, aside)
    }

    fn run(path: &Path, folder: &Path) -> (Vec<String>, usize) {
        run_of(&document(path), folder)
    }

    #[test]
    fn no_file_is_lost() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let first = ["x.en.md", "x.en.summary.md", "x.json"];
        for name in ["x.md", "x.txt", "y.json", "z.md"] {
            fs::write(at(name), name).unwrap();
        }
        // Results of the same article are replaced.
        for _ in 0..2 {
            assert_eq!(
                run(&at("x.md"), home.path()),
                (first.map(str::to_owned).to_vec(), 0)
            );
        }
        // Another of its name has names of its own.
        let (names, aside) = run(&at("x.txt"), home.path());
        assert_eq!(
            names,
            ["x.txt.en.txt", "x.txt.en.summary.txt", "x.txt.json"]
        );
        assert_eq!(aside, 0);
        // The article isn't overwritten by its report.
        assert_eq!(run(&at("y.json"), home.path()).0[2], "y.json.json");
        // Files of the user's are kept.
        fs::write(at("z.en.md"), "own").unwrap();
        fs::write(at("z.json"), "{\"schema\": 1}").unwrap();
        let (names, aside) = run(&at("z.md"), home.path());
        assert_eq!((names[0].as_str(), aside), ("z.en.md", 2));
        assert_eq!(fs::read_to_string(at("z.en.md.1")).unwrap(), "own");
        assert_eq!(
            fs::read_to_string(at("z.json.1")).unwrap(),
            "{\"schema\": 1}"
        );
        for name in ["x.md", "x.txt", "y.json", "z.md"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), name);
        }
    }

    #[test]
    fn a_corrected_translation_and_those_of_other_articles_are_kept() {
        let home = tempfile::tempdir().unwrap();
        let (at, out) = (|name: &str| home.path().join(name), home.path().join("out"));
        for folder in ["a", "b", "c"] {
            fs::create_dir(at(folder)).unwrap();
            fs::write(at(folder).join("x.md"), folder).unwrap();
        }
        let read = |name: &str| fs::read_to_string(out.join(name)).unwrap();
        run(&at("a/x.md"), &out);
        fs::write(out.join("x.en.md"), "corrected").unwrap();
        assert_eq!(run(&at("a/x.md"), &out).1, 1);
        assert_eq!(read("x.en.md.1"), "corrected");
        assert_eq!(run(&at("a/x.md"), &out).1, 0);
        // The third article of a name has no name of its own left.
        assert_eq!(run(&at("b/x.md"), &out).1, 0);
        let second = read("x.md.en.md");
        assert_eq!(run(&at("c/x.md"), &out).1, 3);
        assert_eq!(read("x.md.en.md.1"), second);
        assert_ne!(read("x.md.en.md"), second);
        // Texts without a name are told apart by what they say.
        let nameless = |text| Document::from_text_in(text, Format::Text, Lang::IT);
        for _ in 0..2 {
            let (names, aside) = run_of(&nameless("Uno."), &out);
            assert_eq!((names[0].as_str(), aside), ("article.en.txt", 0));
        }
        let names = run_of(&nameless("Due."), &out).0;
        assert_eq!(names[0], "article.txt.en.txt");
    }

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
