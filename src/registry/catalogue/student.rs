//! Marian students in a folder as Firefox and Bergamot lay them out: `model.enit.intgemm.alphas.bin`, `vocab.enit.spm`
//! (or `srcvocab…` and `trgvocab…`), perhaps `lex.50.50.enit.s2t.bin`, each perhaps gzip'd. No configuration says what
//! they are: the names do.

use super::format::ModelFormat;
use super::inspect::Facts;
use super::listed::{Choice, Listed};
use super::manifest::{ModelFile, Role};
use crate::error::{Error, ErrorKind, Result};
use crate::text::Lang;
use crate::weights::Architecture;

/// What there is to know about a student besides its pair.
pub(super) const FACTS: Facts = Facts {
    architecture: Architecture::MarianStudent,
    name: None,
    context: None,
    licence: None,
};

/// What a file is for, by its name.
fn role(name: &str) -> Option<Role> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let is = |start, end| name.starts_with(start) && name.ends_with(end);
    let roles = [
        (Role::Weights, is("model", ".bin") || is("model", ".npz")),
        (Role::Vocabulary, is("vocab", ".spm")),
        (Role::SourceVocabulary, is("srcvocab", ".spm")),
        (Role::TargetVocabulary, is("trgvocab", ".spm")),
        (Role::Shortlist, is("lex", ".bin")),
    ];
    let (role, _) = roles.into_iter().find(|(_, is)| *is)?;
    Some(role)
}

/// The files of a student; `wanted` names its weights. `None` if there is no student.
///
/// # Errors
/// [`ErrorKind::Model`] if there are several, or one without a vocabulary.
pub(super) fn choose(
    files: &[Listed],
    wanted: Option<&str>,
    origin: &str,
) -> Result<Option<Choice>> {
    let of = |wanted: Role| {
        let is = move |file: &&Listed| role(&file.name) == Some(wanted);
        files.iter().filter(is)
    };
    let weights: Vec<&Listed> = of(Role::Weights)
        .filter(|file| wanted.is_none_or(|name| name == file.name))
        .filter(|file| wanted.is_some() || !has_plain(files, file))
        .collect();
    let weights = match weights[..] {
        [] => return Ok(None),
        [one] => one,
        [first, ..] => {
            let message = format!("{origin} has several students");
            return Err(Error::new(ErrorKind::Model, message)
                .with_hint(format!("name one's weights, such as {}", first.name)));
        }
    };
    // Where students share a folder, their names tell whose a file is.
    let own = |role: Role| {
        of(role).find(|file| {
            let tags = tag(&file.name).zip(tag(&weights.name));
            tags.is_none_or(|(its, ours)| its == ours) && !has_plain(files, file)
        })
    };
    let vocabularies = [
        Role::Vocabulary,
        Role::SourceVocabulary,
        Role::TargetVocabulary,
    ];
    let parts = match vocabularies.map(|role| own(role).map(|file| (file, role))) {
        [Some(both), ..] => vec![both],
        [None, Some(source), Some(target)] => vec![source, target],
        _ => {
            let message = format!("{origin} has no vocabulary for {}", weights.name);
            return Err(Error::new(ErrorKind::Model, message)
                .with_hint("put its vocab….spm beside it, or srcvocab….spm and trgvocab….spm"));
        }
    };
    let shortlist = own(Role::Shortlist).map(|file| (file, Role::Shortlist));
    let files = [(weights, Role::Weights)]
        .into_iter()
        .chain(parts)
        .chain(shortlist);
    let files = files.map(|(file, role)| ModelFile {
        name: file.name.clone(),
        role,
        size: file.size,
        sha256: file.sha256.clone(),
    });
    Ok(Some(Choice {
        format: ModelFormat::MarianBinary,
        files: files.collect(),
    }))
}

/// Whether a gzip'd file lies beside itself unpacked.
fn has_plain(files: &[Listed], file: &Listed) -> bool {
    let plain = file.name.strip_suffix(".gz");
    plain.is_some_and(|plain| files.iter().any(|other| other.name == plain))
}

/// The part of a name that tells the languages, such as `enit`: the first of four letters between two dots.
fn tag(name: &str) -> Option<&str> {
    let is = |part: &&str| part.len() == 4 && part.bytes().all(|b| b.is_ascii_lowercase());
    name.split('.').skip(1).find(is)
}

/// The pair that a student translates, if the name of its weights tells.
pub(super) fn pair(files: &[ModelFile]) -> Option<(Lang, Lang)> {
    let (from, to) = tag(&files.first()?.name)?.split_at(2);
    Some((from.parse().ok()?, to.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Vec<Listed> {
        let listed = |name: &&str| Listed {
            name: (*name).to_owned(),
            size: Some(1),
            sha256: None,
        };
        names.iter().map(listed).collect()
    }

    fn chosen(names: &[&str], wanted: Option<&str>) -> Vec<(String, Role)> {
        let choice = choose(&listing(names), wanted, "here").unwrap().unwrap();
        let files = choice.files.into_iter();
        files.map(|file| (file.name, file.role)).collect()
    }

    #[test]
    fn the_files_of_a_student_are_known_by_their_names() {
        let names = [
            "config.intgemm8bitalpha.yml",
            "lex.50.50.enit.s2t.bin",
            "lex.50.50.enit.s2t.bin.gz",
            "model.enit.intgemm.alphas.bin",
            "model.enit.intgemm.alphas.bin.gz",
            "vocab.enit.spm",
        ];
        let expected = [
            ("model.enit.intgemm.alphas.bin", Role::Weights),
            ("vocab.enit.spm", Role::Vocabulary),
            ("lex.50.50.enit.s2t.bin", Role::Shortlist),
        ];
        assert_eq!(
            chosen(&names, None),
            expected.map(|(name, role)| (name.to_owned(), role))
        );
        let split = [
            "model.zhen.bin.gz",
            "srcvocab.zhen.spm.gz",
            "trgvocab.zhen.spm.gz",
        ];
        let roles = [
            Role::Weights,
            Role::SourceVocabulary,
            Role::TargetVocabulary,
        ];
        assert!(chosen(&split, None).iter().map(|(_, role)| *role).eq(roles));
    }

    #[test]
    fn students_that_share_a_folder_are_told_apart() {
        let names = [
            "model.enit.bin",
            "model.iten.bin",
            "vocab.enit.spm",
            "vocab.iten.spm",
            "lex.enit.bin",
        ];
        let found = chosen(&names, Some("model.iten.bin"));
        let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        // The only shortlist there is must not be taken for the other pair's.
        assert_eq!(found, ["model.iten.bin", "vocab.iten.spm"]);
        let error = choose(&listing(&names), None, "here").unwrap_err();
        assert_eq!(error.to_string(), "here has several students");
    }

    #[test]
    fn what_is_no_student_is_left_to_others() {
        let other = listing(&["pytorch_model.bin", "source.spm", "README.md"]);
        assert_eq!(choose(&other, None, "here").unwrap(), None);
        let error = choose(&listing(&["model.enit.bin"]), None, "here").unwrap_err();
        assert_eq!(
            error.to_string(),
            "here has no vocabulary for model.enit.bin"
        );
    }

    #[test]
    fn the_pair_is_in_the_name_of_the_weights() {
        let pair_of = |name: &str| {
            let choice = choose(&listing(&[name, "vocab.spm"]), None, "here");
            pair(&choice.unwrap().unwrap().files)
        };
        assert_eq!(
            pair_of("model.enit.intgemm.alphas.bin"),
            Some((Lang::EN, Lang::IT))
        );
        for other in ["model.bin", "model.npz", "model.best.bin", "model.qqqq.bin"] {
            assert_eq!(pair_of(other), None, "{other}");
        }
    }
}
