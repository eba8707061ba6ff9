//! Flags that mean nothing to the models that did the work, and parts of languages' names that mean nothing here: said in a line,
//! as nobody notices otherwise.

use std::ffi::OsString;

use super::args::{ModelArgs, QualityArgs, SummaryArgs};
use crate::engine;
use crate::pipeline::Session;
use crate::registry::{Manifest, Task};
use crate::summarize::Verify;
use crate::text::Lang;

/// A flag that the user gave, and the models that it means something to.
type Flag = (&'static str, bool, fn(&Manifest) -> bool);

fn writes(model: &Manifest) -> bool {
    engine::reads_prompts(model)
}

fn encodes(model: &Manifest) -> bool {
    engine::is_seq2seq(model.architecture)
}

fn is_student(model: &Manifest) -> bool {
    !writes(model) && !encodes(model)
}

/// What of `args` only some models heed.
pub fn of_model(args: &ModelArgs) -> Vec<Flag> {
    vec![
        ("--prompt", args.prompt.is_some(), writes),
        ("--temperature", args.temperature.is_some(), |model| {
            !is_student(model)
        }),
        ("--seed", args.seed.is_some(), |model| !is_student(model)),
        ("--max-tokens", args.max_tokens.is_some(), writes),
        ("--quantize", args.quantize.is_some(), |model| {
            !is_student(model)
        }),
        ("--beam", args.beam.is_some(), |model| !writes(model)),
    ]
}

/// What of `args` only some models heed.
pub fn of_quality(args: &QualityArgs) -> Vec<Flag> {
    vec![("--no-shortlist", args.no_shortlist, is_student)]
}

fn summarizes(model: &Manifest) -> bool {
    model.tasks.contains(&Task::Summarize)
}

/// What of `args` only models that write summaries heed.
pub fn of_summary(args: &SummaryArgs) -> Vec<Flag> {
    vec![
        ("--candidates", args.candidates > 1, summarizes),
        ("--verify", args.verify == Verify::Off, summarizes),
    ]
}

/// Those of `--alternatives`.
pub fn of_alternatives(given: bool) -> Vec<Flag> {
    vec![("--alternatives", given, |model| !writes(model))]
}

/// Says which of `flags` had no effect, as none of the `models`, by their ids, heeds them.
pub fn tell<'m>(flags: Vec<Flag>, session: &Session<'_>, models: impl Iterator<Item = &'m str>) {
    tell_on(flags, session, models, None);
}

/// As [`tell`], of summaries, which the article's own sentences make where no model does.
pub fn tell_of_summary<'m>(
    flags: Vec<Flag>,
    session: &Session<'_>,
    models: impl Iterator<Item = &'m str>,
) {
    tell_on(flags, session, models, Some("sentences of the article"));
}

fn tell_on<'m>(
    flags: Vec<Flag>,
    session: &Session<'_>,
    models: impl Iterator<Item = &'m str>,
    otherwise: Option<&str>,
) {
    let mut used: Vec<&Manifest> = Vec::new();
    for id in models {
        if let Ok(installed) = session.chosen(id) {
            used.push(&installed.manifest);
        }
    }
    used.retain(|model| engine::runs_on(model).is_some());
    if let Some(line) = line(flags, &used, otherwise) {
        session.observer().note(&line);
    }
}

/// `otherwise` is what did the work if no model did; without it nothing is said then.
fn line(flags: Vec<Flag>, used: &[&Manifest], otherwise: Option<&str>) -> Option<String> {
    let idle = |(_, given, heeds): &Flag| *given && !used.iter().any(|model| heeds(model));
    let idle: Vec<&str> = flags
        .iter()
        .filter(|flag| idle(flag))
        .map(|flag| flag.0)
        .collect();
    if idle.is_empty() {
        return None;
    }
    let mut ids: Vec<&str> = Vec::new();
    for model in used {
        if !ids.contains(&model.id.as_str()) {
            ids.push(&model.id);
        }
    }
    if ids.is_empty() {
        ids.push(otherwise?);
    }
    let has = if idle.len() == 1 { "has" } else { "have" };
    Some(format!(
        "{} {has} no effect on {}",
        idle.join(" and "),
        ids.join(" and ")
    ))
}

/// Says what of the languages' names that `args` ask for isn't heeded: `pt-PT` is taken as `pt`.
pub fn regions(args: &[OsString]) -> Vec<String> {
    let mut told = Vec::new();
    let flags = ["--to", "--lang", "--summary-lang"];
    let text = |arg: Option<&OsString>| {
        arg.and_then(|arg| arg.to_str())
            .unwrap_or_default()
            .to_owned()
    };
    for (n, arg) in args.iter().enumerate() {
        let arg = text(Some(arg));
        let value = match arg.split_once('=') {
            Some((flag, value)) if flags.contains(&flag) => value.to_owned(),
            None if flags.contains(&&*arg) => text(args.get(n + 1)),
            _ => continue,
        };
        for name in value.split(',').map(str::trim) {
            if name.contains(['-', '_'])
                && let Ok(lang) = name.parse::<Lang>()
            {
                let line = format!(
                    "{name} is taken as {lang}: no model here tells the ways of writing {} apart",
                    lang.name()
                );
                if !told.contains(&line) {
                    told.push(line);
                }
            }
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::Catalogue;

    #[test]
    fn flags_without_an_effect_are_told() {
        let catalogue = Catalogue::load(None).unwrap();
        let model = |id: &str| catalogue.all().iter().find(|model| model.id == id).unwrap();
        let (student, chat) = (model("student-en-pt"), model("qwen2.5-coder-1.5b"));
        let flags = |given: bool| -> Vec<Flag> {
            let mut flags = of_alternatives(given);
            flags.push(("--temperature", given, |model| !is_student(model)));
            flags
        };
        let told = |flags, used: &[&Manifest]| line(flags, used, None).unwrap_or_default();
        assert_eq!(
            told(flags(true), &[student]),
            "--temperature has no effect on student-en-pt"
        );
        assert_eq!(
            told(flags(true), &[chat]),
            "--alternatives has no effect on qwen2.5-coder-1.5b"
        );
        assert_eq!(told(flags(true), &[chat, student]), "");
        assert_eq!(told(flags(false), &[chat]), "");
        assert_eq!(told(flags(true), &[]), "");
        let summarized = |used: &[&Manifest]| {
            let flags = vec![("--candidates", true, summarizes as fn(&Manifest) -> bool)];
            line(flags, used, Some("sentences of the article")).unwrap_or_default()
        };
        assert_eq!(
            summarized(&[]),
            "--candidates has no effect on sentences of the article"
        );
        assert_eq!(
            summarized(&[student, student]),
            "--candidates has no effect on student-en-pt"
        );
        assert_eq!(summarized(&[chat]), "");
    }

    #[test]
    fn regions_are_told() {
        let args = |args: &[&str]| regions(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(args(&["run", "--to", "en,pt"]), [""; 0]);
        assert_eq!(args(&["translate", "--input-format", "a-b"]), [""; 0]);
        for given in [
            &["translate", "--to", "pt-PT"][..],
            &["run", "--to=en,pt-PT"],
            &["summarize", "--lang", "pt-PT", "--to", "pt-PT"],
        ] {
            let told = args(given);
            assert_eq!(told.len(), 1);
            assert!(told[0].starts_with("pt-PT is taken as pt: "), "{told:?}");
        }
    }
}
