//! Reading the input: bytes from a file or standard input, decoded, parsed, its language known.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::observer::Observer;
use crate::article::{self, Article, Decoded, Format, Unwrap, Unwrapped};
use crate::bitext;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::Silent;
use crate::text::{Lang, detect};

/// How to read the input.
#[derive(Debug, Clone, Default)]
pub struct InputOptions {
    /// The file; `None` or `-` is standard input.
    pub path: Option<PathBuf>,
    /// Its language, if the user says so.
    pub from: Option<Lang>,
    /// Its encoding, by a WHATWG label.
    pub encoding: Option<String>,
    /// Its format; by default the file's name tells.
    pub format: Option<Format>,
    /// Whether to take only the article of an HTML page.
    pub extract: bool,
    /// Whether text within markup is kept: descriptions of images, titles and the like.
    pub keep_labels: bool,
    /// Whether lines of plain text that were broken to a width are joined.
    pub unwrap: Unwrap,
}

/// An input that was read.
#[derive(Debug, Clone)]
pub struct Document {
    /// The text and its structure.
    pub article: Article,
    /// The file; `None` is standard input.
    pub path: Option<PathBuf>,
    /// sha256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub bytes: usize,
    /// Name of the encoding that it was decoded from.
    pub encoding: &'static str,
    /// Its language.
    pub lang: Lang,
    /// How sure the detector was, from 0 to 1; `None` if the user said which language it is.
    pub confidence: Option<f64>,
    /// The lines of the file, where those of the article are others.
    pub(crate) lines: Option<FileLines>,
}

/// The lines of a file whose article has them joined: the letters and digits are the same, and so tell where a place is.
#[derive(Debug, Clone)]
pub(crate) struct FileLines {
    /// For each line, how many letters and digits there are up to its end.
    ends: Vec<usize>,
}

impl FileLines {
    fn of(text: &str) -> Self {
        let count = |so_far: &mut usize, line: &str| {
            *so_far += letters(line);
            Some(*so_far)
        };
        Self {
            ends: text.split_inclusive('\n').scan(0, count).collect(),
        }
    }

    /// The line of the letter or digit before which there are `n`, from 1.
    pub(crate) fn at(&self, n: usize) -> usize {
        self.ends.partition_point(|end| *end <= n) + 1
    }
}

/// How many letters and digits a text has.
pub(crate) fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

impl Document {
    /// The file at `path`; its name tells its format, its text its language.
    ///
    /// # Errors
    /// As [`read`].
    ///
    /// ```no_run
    /// let document = traghetto::Document::open("articolo.md")?;
    /// println!("{} is in {}", document.name(), document.lang.name());
    /// # Ok::<(), traghetto::Error>(())
    /// ```
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let options = InputOptions {
            path: Some(path.as_ref().to_path_buf()),
            ..InputOptions::default()
        };
        read(&options, &mut std::io::empty(), &Silent)
    }

    /// A text in memory, whose language it tells itself.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is too little text to tell its language.
    ///
    /// ```
    /// use traghetto::{Document, Format, Lang};
    ///
    /// let text = "# Il governo\n\nIl ministro ha **smentito** la notizia di ieri.\n";
    /// let document = Document::from_text(text, Format::Markdown)?;
    /// assert_eq!(document.lang, Lang::IT);
    /// assert_eq!(document.article.title(), Some("Il governo"));
    /// assert!(Document::from_text("42", Format::Text).is_err());
    /// # Ok::<(), traghetto::Error>(())
    /// ```
    pub fn from_text(text: impl Into<String>, format: Format) -> Result<Self> {
        let article = Article::parse(text.into(), format);
        let (lang, confidence) = detect_language(&article, "the text", &Silent)?;
        Ok(Self::of(article, lang, Some(confidence)))
    }

    /// A text in memory that is in `lang`.
    ///
    /// ```
    /// use traghetto::{Document, Format, Lang};
    ///
    /// let document = Document::from_text_in("Sì.", Format::Text, Lang::IT);
    /// assert_eq!(document.confidence, None);
    /// ```
    pub fn from_text_in(text: impl Into<String>, format: Format, lang: Lang) -> Self {
        Self::of(Article::parse(text.into(), format), lang, None)
    }

    fn of(article: Article, lang: Lang, confidence: Option<f64>) -> Self {
        let bytes = article.source().as_bytes();
        Self {
            sha256: crate::output::sha256_hex(bytes),
            bytes: bytes.len(),
            article,
            path: None,
            encoding: "UTF-8",
            lang,
            confidence,
            lines: None,
        }
    }

    /// What the input is called in messages.
    pub fn name(&self) -> String {
        name_of(self.path.as_deref())
    }

    /// Whether there is nothing but white space, code and metadata.
    pub fn is_empty(&self) -> bool {
        self.article.plain_text().trim().is_empty()
    }
}

pub(super) fn name_of(path: Option<&Path>) -> String {
    path.map_or_else(
        || "standard input".to_string(),
        |path| path.display().to_string(),
    )
}

/// Larger inputs are refused: they are no article, and would take days.
const MAX_BYTES: u64 = 64 << 20;

/// Reads and parses the input, and finds out its language.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't be read, [`ErrorKind::Input`] if it is empty, binary, too large, or its language
/// can't be told.
pub fn read(
    options: &InputOptions,
    stdin: &mut dyn Read,
    observer: &dyn Observer,
) -> Result<Document> {
    let path = options
        .path
        .as_deref()
        .filter(|path| *path != Path::new("-"));
    let name = name_of(path);
    let raw = match path {
        Some(path) => read_file(path)?,
        None => read_all(stdin, Path::new("standard input"))?,
    };
    let bytes = raw.len();
    let sha256 = crate::output::sha256_hex(&raw);
    let format = match (options.format, path) {
        (Some(format), _) => format,
        (None, Some(path)) => named_format(path, observer)?,
        (None, None) if is_page(&raw) => Format::Html,
        (None, None) => Format::Text,
    };
    if options.extract && format != Format::Html {
        return Err(Error::new(
            ErrorKind::Usage,
            format!(
                "{name} is read as {}, which has nothing to extract",
                format.name()
            ),
        )
        .with_hint("say --input-format html, or leave --extract out"));
    }
    // What a page says of its own encoding counts when nobody else says anything and it isn't UTF-8.
    let declared = match (&options.encoding, format) {
        (None, Format::Html) if std::str::from_utf8(&raw).is_err() => {
            article::declared_encoding(&raw)
        }
        _ => None,
    };
    let encoding = options.encoding.as_deref().or(declared.as_deref());
    let decoded = decode(raw, encoding, &name)?;
    let mut text = decoded.text;
    if options.extract {
        text = article::extract(&text).ok_or_else(|| {
            Error::new(ErrorKind::Input, format!("no article was found in {name}"))
                .with_hint("leave --extract out to translate the whole page")
        })?;
    } else if declared.is_some() && !text.starts_with('\u{feff}') {
        // The results are UTF-8, and a byte-order mark outweighs what the page says.
        text.insert(0, '\u{feff}');
    }
    let (mut article, lines) = parse(text, format, options.unwrap, observer);
    if options.keep_labels {
        article = article.without_labels();
    }
    let (lang, confidence) = match options.from {
        Some(lang) => (lang, None),
        None => {
            let (lang, confidence) = detect_language(&article, &name, observer)?;
            (lang, Some(confidence))
        }
    };
    Ok(Document {
        article,
        path: path.map(Path::to_path_buf),
        sha256,
        bytes,
        encoding: decoded.encoding,
        lang,
        confidence,
        lines,
    })
}

/// The text of `raw`, which is called `name`.
///
/// # Errors
/// [`ErrorKind::Input`] if it isn't in the encoding, or is no text; [`ErrorKind::Usage`] if there is no such encoding.
pub(super) fn decode(raw: Vec<u8>, encoding: Option<&str>, name: &str) -> Result<Decoded> {
    article::decode(raw, encoding).map_err(|error| {
        let hint = error.hint().map(str::to_owned);
        let error = Error::new(error.kind(), format!("{name} can't be read")).with_source(error);
        match hint {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    })
}

/// The format that the file's name tells. Files with both sides of a translation would come out wrecked as text.
fn named_format(path: &Path, observer: &dyn Observer) -> Result<Format> {
    let Some(format) = bitext::PairFormat::from_path(path) else {
        if Format::known(path).is_none() {
            observer.warn(&format!(
                "{} is read as plain text, as its ending says nothing; say --input-format if it is markdown, html, srt or vtt",
                path.display()
            ));
        }
        return Ok(Format::from_path(path));
    };
    let name = path.display();
    let format = format.to_string().to_uppercase();
    Err(Error::new(
        ErrorKind::Input,
        format!("{name}: {format} files hold a source and its translation; only `traghetto check` reads them"),
    )
    .with_hint("take the text out of it, or say --input-format text to have every line translated as it stands"))
}

/// Whether these bytes, which have no name, are an HTML page.
fn is_page(raw: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&raw[..raw.len().min(512)]).to_ascii_lowercase();
    let head = head.trim_start_matches('\u{feff}').trim_start();
    ["<!doctype html", "<html"]
        .iter()
        .any(|opening| head.starts_with(opening))
}

/// Parses `text`, joined where its lines were broken to a width; which they were, then.
fn parse(
    text: String,
    format: Format,
    how: Unwrap,
    observer: &dyn Observer,
) -> (Article, Option<FileLines>) {
    let unwrapped = match format {
        Format::Text => article::unwrap(&text, how),
        _ => None,
    };
    let Some(unwrapped) = unwrapped else {
        return (Article::parse(text, format), None);
    };
    let lines = FileLines::of(&text);
    let Unwrapped {
        text,
        joined,
        width,
    } = unwrapped;
    observer.note(&format!(
        "{} in the next, and {} joined; the result is broken at {width} characters again (--unwrap off leaves lines as they \
         are)",
        match joined {
            1 => "1 line goes on".to_string(),
            joined => format!("{joined} lines go on"),
        },
        if joined == 1 { "was" } else { "were" }
    ));
    (Article::parse(text, format).broken_at(width), Some(lines))
}

fn detect_language(article: &Article, name: &str, observer: &dyn Observer) -> Result<(Lang, f64)> {
    let detection = detect(&article.plain_text());
    let Some(lang) = detection.lang else {
        return Err(Error::new(
            ErrorKind::Input,
            format!("{name}: there is too little text to tell its language"),
        )
        .with_hint("say it with --from, such as --from it"));
    };
    let percent = (detection.confidence * 100.0).round();
    if detection.doubtful {
        observer.warn(&format!(
            "{name} looks like {}, but that is doubtful ({percent}% sure); say it with --from",
            lang.name()
        ));
    } else {
        observer.note(&format!("{name}: {} ({percent}% sure)", lang.name()));
    }
    Ok((lang, detection.confidence))
}

pub(super) fn read_file(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        return Err(
            Error::new(ErrorKind::Input, format!("{} is a folder", path.display()))
                .with_hint("name a text or Markdown file"),
        );
    }
    let mut file = File::open(path).map_err(|error| Error::io("reading", path, error))?;
    read_all(&mut file, path)
}

pub(super) fn read_all(from: &mut dyn Read, name: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::io("reading", name, error))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Error::new(
            ErrorKind::Input,
            format!("{} is larger than {} MiB", name.display(), MAX_BYTES >> 20),
        )
        .with_hint("split it into articles"));
    }
    Ok(bytes)
}
