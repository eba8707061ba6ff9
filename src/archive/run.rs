//! A run: what is whole already is passed over, the rest is done shard by shard.

use std::time::{Duration, Instant};

use super::input::Input;
use super::manifest::{Manifest, Shard, Stretch};
use super::options::Options;
use super::record::{InputHash, Item, Place, Reject, Why};
use super::row::columns;
use super::shard;
use super::work::{Ids, Made, Models, make};
use crate::error::{Error, ErrorKind, Result};

/// A shard is closed when its articles have so many bytes together: it is held in memory.
const SHARD_BYTES: u64 = 32 << 20;

/// How far a run is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Articles that earlier runs have done.
    pub before: u64,
    /// Articles that this one has.
    pub articles: u64,
    /// Their words, as often as they were translated.
    pub words: u64,
    /// How much of the input is done, from 0 to 1.
    pub share: f64,
    /// How much of it earlier runs have done.
    pub share_before: f64,
    /// Since the first article of this run.
    pub elapsed: Duration,
}

impl Progress {
    /// What is still to come, if it goes on like that.
    pub fn left(&self) -> Option<Duration> {
        let done = self.share - self.share_before;
        let left = self.elapsed.as_secs_f64() * (1.0 - self.share) / done;
        Duration::try_from_secs_f64(left).ok()
    }
}

/// What an archive holds at the end of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Shards.
    pub shards: u64,
    /// Articles in them.
    pub rows: u64,
    /// Articles that were left out.
    pub rejected: u64,
    /// Those of both that earlier runs had done.
    pub before: u64,
    /// Files in folders that are of no kind that holds articles.
    pub ignored: u64,
}

/// Translates the articles of `options`, those that aren't in the archive yet. `tell` learns how it goes, often.
///
/// # Errors
/// [`ErrorKind::Usage`] if the archive was begun with other options or is being written by another process;
/// [`ErrorKind::Input`] if the input can't be read, has changed since, or holds no article that can be translated;
/// [`ErrorKind::Io`] if the archive can't be written; as the models say. What was whole before stays, and a run with the same
/// options goes on from there.
pub fn run(
    mut models: Models,
    options: &Options,
    tell: &mut dyn FnMut(Progress),
) -> Result<Totals> {
    let mut input = Input::open(options)?;
    let mut manifest = Manifest::open(options)?;
    let columns = columns(options);
    let mut ids = Ids::default();
    for shard in &manifest.shards {
        pass_over(&mut input, shard, &mut ids)?;
    }
    let counted = |manifest: &Manifest| {
        let articles = manifest.shards.iter().map(Shard::articles);
        articles.sum::<u64>()
    };
    let started = Instant::now();
    let mut progress = Progress {
        before: counted(&manifest),
        articles: 0,
        words: 0,
        share: input.share(),
        share_before: input.share(),
        elapsed: Duration::ZERO,
    };
    loop {
        let begun = input.share();
        let (items, mut shard) = next_shard(&mut input, manifest.shards.len(), options)?;
        if items.is_empty() {
            break;
        }
        let (read, end) = (items.len() as u64, input.share());
        let before = progress.articles;
        let made = make(&mut models, items, &mut ids, options, &mut |step| {
            progress.words += step.words;
            progress.articles += step.articles;
            progress.share = begun + (end - begun) * step.share;
            progress.elapsed = started.elapsed();
            tell(progress);
        })?;
        // Those that were left out cost nothing, so they count when all others are through.
        progress.articles = before + read;
        progress.share = end;
        let Made { rows, rejected } = made;
        if manifest.shards.is_empty() && rows.is_empty() {
            return Err(nothing(&rejected));
        }
        (shard.rows, shard.rejected) = (rows.len() as u64, rejected.len() as u64);
        if !rows.is_empty() {
            let name = format!("{}{:05}.{}", shard::SHARD, shard.shard, options.format);
            let rows = rows.into_iter().map(|row| row.cells(options.summarize));
            let rows = rows.collect();
            let written = shard::write(&options.out, &name, options.format, &columns, rows)?;
            shard.written(name, written);
        }
        manifest.commit(shard, &rejected)?;
    }
    let sum = |count: fn(&Shard) -> u64| manifest.shards.iter().map(count).sum::<u64>();
    Ok(Totals {
        shards: manifest.shards.len() as u64,
        rows: sum(|shard| shard.rows),
        rejected: sum(|shard| shard.rejected),
        before: progress.before,
        ignored: input.ignored,
    })
}

/// Reads past the articles of a shard that is whole, which must be what they were.
fn pass_over(input: &mut Input<'_>, shard: &Shard, ids: &mut Ids) -> Result<()> {
    let changed = || {
        let message = format!("the input of shard {} has changed since", shard.shard);
        Error::new(ErrorKind::Input, message)
            .with_hint("begin anew in another folder; what comes after the old articles may grow")
    };
    let mut hash = InputHash::default();
    for _ in 0..shard.articles() {
        let item = input.next()?.ok_or_else(changed)?;
        add(&mut hash, &item)?;
        if let Ok(record) = &item.found {
            ids.is_new(&record.id);
        }
    }
    match hash.hex() == shard.input_sha256 {
        true => Ok(()),
        false => Err(changed()),
    }
}

fn add(hash: &mut InputHash, item: &Item) -> Result<()> {
    hash.add(item)
        .map_err(|error| Error::io("reading", item.place.to_string(), error))
}

/// The articles of the next shard, none at the end of the input.
fn next_shard(
    input: &mut Input<'_>,
    number: usize,
    options: &Options,
) -> Result<(Vec<Item>, Shard)> {
    let mut items = Vec::new();
    let mut stretches = Vec::new();
    let mut hash = InputHash::default();
    let mut bytes = 0;
    while items.len() < options.shard_size && bytes < SHARD_BYTES {
        let Some(item) = input.next()? else {
            break;
        };
        add(&mut hash, &item)?;
        Stretch::add(&mut stretches, &item.place);
        bytes += item.found.as_ref().map_or(0, |record| record.bytes());
        items.push(item);
    }
    let shard = Shard {
        shard: number,
        file: None,
        bytes: 0,
        sha256: None,
        rows: 0,
        rejected: 0,
        rejected_end: 0,
        input: stretches,
        input_sha256: hash.hex(),
    };
    Ok((items, shard))
}

/// The error of an archive that would begin with rejected articles only: most likely a field has another name.
fn nothing(rejected: &[(Place, Reject)]) -> Error {
    let Some((place, reject)) = rejected.first() else {
        return Error::new(ErrorKind::Input, "there are no articles");
    };
    let first = reject.error(place);
    let message = format!(
        "none of the first {} articles can be translated; {first}",
        rejected.len()
    );
    let error = Error::new(first.kind(), message);
    match reject.why {
        Why::MissingField => {
            error.with_hint("fields are named by --text-field, --id-field and --title-field")
        }
        Why::NoModel => error.with_hint("`traghetto setup` says which models there are to fetch"),
        _ => error,
    }
}
