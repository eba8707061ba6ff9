//! A manifest for a model that has none, from a listing of its files and what the telling one says.

use std::collections::BTreeMap;

use super::choose::{choose, with_config};
use super::format::ModelFormat;
use super::inspect::{self, Facts};
use super::licence::Licence;
use super::listed::{Choice, Listed};
use super::manifest::{Manifest, Task};
use super::source::Source;
use super::spec::ModelSpec;
use super::student;
use crate::error::Result;
use crate::text::Lang;
use crate::weights::{Architecture, Architecture as A};

/// Bytes that are read of a `config.json`; a real one is far shorter.
const CONFIG: u64 = 1 << 22;

/// Reads a file of a listing: its first bytes, at most so many, and its name for messages.
pub(in crate::registry) type Beginning<'a> = dyn Fn(&str, u64) -> Result<(Vec<u8>, String)> + 'a;

/// Picks the files of a listing that make a model, and reads what they say about it. `wanted` names the weights,
/// `origin` the place in messages.
///
/// # Errors
/// [`crate::ErrorKind::Model`] if there is no model in it, or one of an architecture that isn't known; what
/// `beginning` says.
pub(in crate::registry) fn describe(
    files: &[Listed],
    wanted: Option<&str>,
    origin: &str,
    beginning: &Beginning<'_>,
) -> Result<(Choice, Facts)> {
    let choice = choose(files, wanted, origin)?;
    let by_config = |choice: &Choice| {
        let (bytes, name) = beginning(choice.telling(), CONFIG)?;
        inspect::config(&bytes, &name)
    };
    let facts = match choice.format {
        ModelFormat::Gguf => {
            let (bytes, name) = beginning(choice.telling(), inspect::HEADER)?;
            match inspect::gguf(&bytes, &name) {
                Ok(facts) => facts,
                Err(error) => {
                    let choice = with_config(&choice, files).ok_or(error)?;
                    let facts = by_config(&choice)?;
                    return Ok((choice, facts));
                }
            }
        }
        ModelFormat::MarianBinary => student::FACTS,
        _ => by_config(&choice)?,
    };
    Ok((choice, facts))
}

/// The pair in the name of a model of one pair, such as `Helsinki-NLP/opus-mt-it-en` or `opus-mt-tc-big-it-en`; none
/// for groups of languages (`itc-itc`) and other names.
fn pair_in_name(name: &str) -> Option<(Lang, Lang)> {
    let spec: ModelSpec = name.parse().ok()?;
    let pair = spec.name()?.strip_prefix("opus-mt-")?;
    let pair = pair.strip_prefix("tc-big-").unwrap_or(pair);
    let (from, to) = pair.split_once('-')?;
    Some((from.parse().ok()?, to.parse().ok()?))
}

/// A manifest for a model that has none. Languages are those of a pair in its name or its files', else all there are:
/// the user chose it.
pub(in crate::registry) fn manifest(
    id: String,
    choice: Choice,
    facts: Facts,
    licence: Option<String>,
    source: Source,
) -> Manifest {
    let tasks = usual_tasks(facts.architecture);
    let pair = match facts.architecture {
        A::Marian => pair_in_name(&id),
        A::MarianStudent => student::pair(&choice.files),
        _ => None,
    };
    Manifest {
        title: facts.name.clone().unwrap_or_else(|| id.clone()),
        id,
        tasks,
        languages: match pair {
            Some(_) => Vec::new(),
            None => Lang::all().collect(),
        },
        pairs: pair.into_iter().collect(),
        architecture: facts.architecture,
        format: choice.format,
        context: facts.context,
        parameters: None,
        size: choice.files.iter().filter_map(|file| file.size).sum(),
        prompt: None,
        language_tags: None,
        licence: Licence::named(licence.or(facts.licence)),
        quality: BTreeMap::new(),
        files: choice.files,
        sources: vec![source],
    }
}

/// Tasks that a model of this family can be tried on when nothing else is known about it.
fn usual_tasks(architecture: Architecture) -> Vec<Task> {
    match architecture {
        A::Bert => vec![Task::Embed],
        A::Bart | A::Pegasus => vec![Task::Summarize],
        A::MarianStudent | A::Marian | A::M2m100 | A::Mbart => vec![Task::Translate],
        // Whatever answers a prompt.
        _ => vec![Task::Translate, Task::Summarize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_read_from_the_name_of_an_opus_model() {
        let pair = Some((Lang::IT, Lang::EN));
        assert_eq!(pair_in_name("Helsinki-NLP/opus-mt-it-en"), pair);
        assert_eq!(pair_in_name("hf:Helsinki-NLP/opus-mt-it-en@main"), pair);
        assert_eq!(pair_in_name("opus-mt-tc-big-it-en"), pair);
        for other in [
            "opus-mt-tc-big-itc-itc",
            "opus-mt-mul-en",
            "marian",
            "opus-mt-it",
        ] {
            assert_eq!(pair_in_name(other), None, "{other}");
        }
    }
}
