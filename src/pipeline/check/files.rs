//! Files: which of them are lines, tables, units or documents, and how their sides are brought together.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use super::super::input::{self, InputOptions, name_of, read_all, read_file};
use super::super::session::Session;
use super::documents;
use super::pairs::{How, Opened, Pair, differ, sample, side};
use crate::align;
use crate::article::{BlockKind, Format, Unwrap};
use crate::bitext::{self, Bitext, Unit};
use crate::error::{Error, ErrorKind, Result};
use crate::output::check::Pairing;
use crate::text::{Lang, counted};

/// How files are read, if their names don't say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// As two texts.
    Texts(Format),
    /// As one file with both sides.
    Bilingual(bitext::PairFormat),
}

/// What is compared.
#[derive(Debug, Clone, Default)]
pub struct CheckInput {
    /// The source, or a bilingual file; `-` is standard input.
    pub source: PathBuf,
    /// Its translation; none if the source is a bilingual file.
    pub translation: Option<PathBuf>,
    /// Language of the source, if the user says it.
    pub from: Option<Lang>,
    /// Language of the translation.
    pub to: Option<Lang>,
    /// Encoding of both, by a WHATWG label.
    pub encoding: Option<String>,
    /// How they are read.
    pub reading: Option<Reading>,
    /// How lines of plain text are brought together.
    pub how: How,
    /// Whether lines of plain text that were broken to a width are joined, where sentences are aligned.
    pub unwrap: Unwrap,
}

/// A side that is a file, or was read from standard input already.
enum Origin {
    File(PathBuf),
    Bytes(Vec<u8>),
}

impl Origin {
    fn path(&self) -> Option<&Path> {
        match self {
            Origin::File(path) => Some(path),
            Origin::Bytes(_) => None,
        }
    }

    fn name(&self) -> String {
        name_of(self.path())
    }

    fn shown(&self) -> Option<String> {
        self.path().map(|path| path.display().to_string())
    }

    /// The whole text.
    fn text(&self, encoding: Option<&str>) -> Result<String> {
        let bytes = self.bytes()?;
        Ok(input::decode(bytes, encoding, &self.name())?.text)
    }

    /// The whole text of an XML file, whose own word on its encoding counts where nobody else says anything and it isn't
    /// UTF-8.
    fn xml(&self, encoding: Option<&str>) -> Result<String> {
        let bytes = self.bytes()?;
        let declared = match encoding {
            None if std::str::from_utf8(&bytes).is_err() => declared_in_xml(&bytes),
            _ => None,
        };
        let encoding = encoding.or(declared.as_deref());
        Ok(input::decode(bytes, encoding, &self.name())?.text)
    }

    fn bytes(&self) -> Result<Vec<u8>> {
        match self {
            Origin::File(path) => read_file(path),
            Origin::Bytes(bytes) => Ok(bytes.clone()),
        }
    }

    /// The text as it comes, which for a long file is never in memory as a whole. What isn't UTF-8 is decoded first.
    fn reader(&self, encoding: Option<&str>) -> Result<Box<dyn BufRead>> {
        let Origin::File(path) = self else {
            return Ok(Box::new(Cursor::new(self.text(encoding)?)));
        };
        if path.is_dir() {
            let message = format!("{} is a folder", path.display());
            return Err(Error::new(ErrorKind::Input, message).with_hint("name a file"));
        }
        let failed = |error| Error::io("reading", path, error);
        let mut reader = BufReader::new(File::open(path).map_err(failed)?);
        let head = reader.fill_buf().map_err(failed)?;
        let is_wide = head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff");
        match encoding.is_some() || is_wide {
            true => Ok(Box::new(Cursor::new(self.text(encoding)?))),
            false => Ok(Box::new(reader)),
        }
    }
}

/// The encoding that an XML declaration names: `<?xml version="1.0" encoding="ISO-8859-1"?>`.
fn declared_in_xml(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]);
    let declaration = head.strip_prefix("<?xml")?.split("?>").next()?;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (label, _) = value[1..].split_once(quote)?;
    Some(label.to_owned())
}

/// Opens what `input` names.
///
/// # Errors
/// As [`check`](super::check).
pub(super) fn open(
    session: &mut Session<'_>,
    input: &CheckInput,
    stdin: &mut dyn Read,
    embeddings: Option<&str>,
) -> Result<Opened<'static>> {
    let is_stdin = |path: &Path| path == Path::new("-");
    let mut origin = |path: &Path| -> Result<Origin> {
        Ok(match is_stdin(path) {
            true => Origin::Bytes(read_all(stdin, Path::new("standard input"))?),
            false => Origin::File(path.to_path_buf()),
        })
    };
    let source = origin(&input.source)?;
    let Some(translation) = &input.translation else {
        return units(&source, input);
    };
    if is_stdin(translation) && is_stdin(&input.source) {
        let message = "only one side can be standard input";
        return Err(Error::new(ErrorKind::Usage, message).with_hint("name a file for the other"));
    }
    if let Some(Reading::Bilingual(format)) = input.reading {
        let message = format!("{format} holds both sides in one file, but two were named");
        return Err(Error::new(ErrorKind::Usage, message).with_hint("name one file"));
    }
    let translation = origin(translation)?;
    let formats = formats(&source, &translation, input.reading);
    let plain = formats == (Format::Text, Format::Text);
    if input.how == How::Lines && !plain {
        let message = "only lines of plain text can be compared one by one";
        return Err(Error::new(ErrorKind::Usage, message)
            .with_hint("leave --align out, or say --input-format text"));
    }
    if plain && input.how != How::Sentences {
        let encoding = input.encoding.as_deref();
        let lengths = |origin: &Origin| -> Result<Vec<usize>> {
            let lines = bitext::lines(origin.reader(encoding)?, &origin.name());
            lines.map(|line| Ok(line?.1.chars().count())).collect()
        };
        let (ours, theirs) = (lengths(&source)?, lengths(&translation)?);
        for (origin, lengths) in [(&source, &ours), (&translation, &theirs)] {
            if lengths.is_empty() {
                let message = format!("{} has no text to compare", origin.name());
                return Err(Error::new(ErrorKind::Input, message));
            }
        }
        let are_as_many = ours.len() == theirs.len();
        if are_as_many && (input.how == How::Lines || align::are_proportional(&ours, &theirs)) {
            return lines(&source, &translation, input);
        }
        let numbers = (counted(ours.len(), "line"), theirs.len());
        if input.how == How::Lines {
            let message = format!(
                "{} has {}, {} has {}",
                source.name(),
                numbers.0,
                translation.name(),
                numbers.1
            );
            return Err(Error::new(ErrorKind::Input, message)
                .with_hint("leave --align out: sentences are aligned then"));
        }
        session.observer().note(&match are_as_many {
            true => format!(
                "{} on both sides, which by their lengths don't correspond: sentences are aligned (not with --align lines)",
                numbers.0
            ),
            false => format!(
                "{} in the source, {} in the translation: their sentences are aligned",
                numbers.0, numbers.1
            ),
        });
    }
    texts(session, (&source, &translation), formats, input, embeddings)
}

/// The formats of both sides: what the names don't say is as the other side.
fn formats(source: &Origin, translation: &Origin, reading: Option<Reading>) -> (Format, Format) {
    if let Some(Reading::Texts(format)) = reading {
        return (format, format);
    }
    let of = |origin: &Origin| origin.path().map(Format::from_path);
    let (one, other) = (of(source), of(translation));
    let format = |own: Option<Format>, other: Option<Format>| own.or(other).unwrap_or(Format::Text);
    (format(one, other), format(other, one))
}

/// Two documents, whose sentences are aligned.
fn texts(
    session: &mut Session<'_>,
    origins: (&Origin, &Origin),
    formats: (Format, Format),
    input: &CheckInput,
    embeddings: Option<&str>,
) -> Result<Opened<'static>> {
    let mut warnings = Vec::new();
    let observer = session.observer();
    let mut read = |origin: &Origin, format: Format, from: Option<Lang>, flag: &str| {
        let options = InputOptions {
            path: origin.path().map(Path::to_path_buf),
            // Told below, where what was said can be doubted too.
            from: Some(from.unwrap_or(Lang::EN)),
            encoding: input.encoding.clone(),
            format: Some(format),
            unwrap: input.unwrap,
            ..InputOptions::default()
        };
        let mut bytes: &[u8] = match origin {
            Origin::Bytes(bytes) => bytes,
            Origin::File(_) => &[],
        };
        let mut document = input::read(&options, &mut bytes, observer)?;
        if document.is_empty() {
            let message = format!("{} has no text to compare", origin.name());
            return Err(Error::new(ErrorKind::Input, message));
        }
        let plain = document.article.plain_text();
        let side = side(origin.shown(), from, &plain, flag, &mut warnings)?;
        (document.lang, document.confidence) = (side.language, side.language_confidence);
        Ok(document)
    };
    let source = read(origins.0, formats.0, input.from, "--from")?;
    let translation = read(origins.1, formats.1, input.to, "--to")?;
    let mut opened = documents::open(session, &source, &translation, embeddings)?;
    opened.warnings.extend(warnings);
    Ok(opened)
}

/// Lines that are looked at to tell a language.
const SAMPLED: usize = 200;

/// Two texts of as many lines.
fn lines(source: &Origin, translation: &Origin, input: &CheckInput) -> Result<Opened<'static>> {
    let encoding = input.encoding.as_deref();
    let mut warnings = Vec::new();
    let mut tell = |origin: &Origin, said: Option<Lang>, flag: &str| {
        let some = bitext::lines(origin.reader(encoding)?, &origin.name()).take(SAMPLED);
        let some: Vec<(usize, String)> = some.collect::<Result<_>>()?;
        let sample = sample(some.iter().map(|(_, line)| line.as_str()));
        side(origin.shown(), said, &sample, flag, &mut warnings)
    };
    let sides = (
        tell(source, input.from, "--from")?,
        tell(translation, input.to, "--to")?,
    );
    differ((&sides.0, &sides.1))?;
    let all = |origin: &Origin| -> Result<_> {
        Ok(bitext::lines(origin.reader(encoding)?, &origin.name()))
    };
    let both = all(source)?.zip(all(translation)?);
    let pairs = both.map(|(one, other)| {
        let ((line, source), (other_line, target)) = (one?, other?);
        let mut pair = Pair::line(line, source, target);
        pair.lines.1 = Some(other_line);
        Ok(pair)
    });
    Ok(Opened {
        sides,
        pairing: Pairing::Lines,
        pairs: Box::new(pairs),
        findings: Vec::new(),
        warnings,
    })
}

/// A bilingual file.
fn units(origin: &Origin, input: &CheckInput) -> Result<Opened<'static>> {
    let format = match input.reading {
        Some(Reading::Bilingual(format)) => Some(format),
        Some(Reading::Texts(_)) => None,
        None => origin.path().and_then(bitext::PairFormat::from_path),
    };
    let Some(format) = format else {
        let known: Vec<String> = bitext::PairFormat::ALL
            .iter()
            .map(ToString::to_string)
            .collect();
        let message = format!(
            "{} alone can't be checked: its translation is missing",
            origin.name()
        );
        return Err(Error::new(ErrorKind::Usage, message).with_hint(format!(
            "name SOURCE and TRANSLATION, or a file with both: {} (say --input-format if its name doesn't)",
            known.join(", ")
        )));
    };
    let encoding = input.encoding.as_deref();
    let name = origin.name();
    let Bitext {
        mut units,
        languages,
    } = match format.is_table() {
        true => bitext::table(origin.reader(encoding)?, format, &name)?,
        false => bitext::read(
            &origin.xml(encoding)?,
            format,
            &name,
            (input.from, input.to),
        )?,
    };
    let first: Vec<Unit> = units.by_ref().take(SAMPLED).collect::<Result<_>>()?;
    if first.is_empty() {
        let message = format!("{name} has no segments");
        return Err(Error::new(ErrorKind::Input, message));
    }
    let mut warnings = Vec::new();
    let source = sample(first.iter().map(|unit| unit.source.as_str()));
    let target = sample(first.iter().map(|unit| unit.target.as_str()));
    let said = (input.from.or(languages.0), input.to.or(languages.1));
    let sides = (
        side(origin.shown(), said.0, &source, "--from", &mut warnings)?,
        side(origin.shown(), said.1, &target, "--to", &mut warnings)?,
    );
    differ((&sides.0, &sides.1))?;
    let pairs = first.into_iter().map(Ok).chain(units).map(|unit| {
        let Unit {
            source,
            target,
            line,
            id,
        } = unit?;
        Ok(Pair {
            id,
            kind: BlockKind::Paragraph,
            ..Pair::line(line, source, target)
        })
    });
    Ok(Opened {
        sides,
        pairing: Pairing::Units,
        pairs: Box::new(pairs),
        findings: Vec::new(),
        warnings,
    })
}
