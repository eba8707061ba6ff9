//! From a list of files to a manifest, for models that no manifest describes: any repository, any folder.

use super::format::ModelFormat;
use super::listed::{Choice, Listed};
use super::manifest::{ModelFile, Role};
use super::student;
use crate::error::{Error, ErrorKind, Result};

/// Quantizations in the order they are taken when a repository has several: small without being poor first, then
/// larger, then smaller.
const QUANTIZATIONS: &[&str] = &[
    "Q4_K_M", "Q5_K_M", "Q6_K", "Q8_0", "Q4_K_S", "Q5_K_S", "Q5_0", "Q4_0", "Q4_1", "Q5_1",
    "Q3_K_L", "Q3_K_M", "BF16", "F16", "F32", "Q2_K",
];

/// What belongs to weights that aren't GGUF.
const BESIDE: &[(&str, Role)] = &[
    ("config.json", Role::Config),
    ("generation_config.json", Role::GenerationConfig),
    ("tokenizer.json", Role::Tokenizer),
    ("tokenizer_config.json", Role::TokenizerConfig),
    ("chat_template.jinja", Role::ChatTemplate),
    ("vocab.json", Role::Vocabulary),
    ("sentencepiece.bpe.model", Role::Vocabulary),
    ("spiece.model", Role::Vocabulary),
    ("source.spm", Role::SourceVocabulary),
    ("target.spm", Role::TargetVocabulary),
    ("target_vocab.json", Role::TargetVocabulary),
];

/// Picks what can be used, and only that: the GGUF named or the best one; otherwise safetensors over PyTorch, whole or
/// in shards, with what belongs to it; without a configuration, the files of a Marian student.
///
/// # Errors
/// [`ErrorKind::Model`] if nothing can be used; the hint lists what there is.
pub(super) fn choose(files: &[Listed], wanted: Option<&str>, origin: &str) -> Result<Choice> {
    let find = |name: &str| files.iter().find(|file| file.name == name);
    let make = |file: &Listed, role| ModelFile {
        name: file.name.clone(),
        role,
        size: file.size,
        sha256: file.sha256.clone(),
    };
    let nothing = |message: String| {
        let names: Vec<&str> = files
            .iter()
            .map(|file| file.name.as_str())
            .take(12)
            .collect();
        Error::new(ErrorKind::Model, message).with_hint(format!("it has: {}", names.join(", ")))
    };
    let gguf = match wanted {
        Some(name) if find(name).is_none() => {
            return Err(nothing(format!("{origin} has no file {name}")));
        }
        Some(name) if name.ends_with(".gguf") => find(name),
        Some(_) => None,
        None => best_gguf(files),
    };
    if let Some(first) = gguf {
        let parts = shards(files, first);
        if !is_complete(&parts) {
            return Err(nothing(format!("{origin} lacks parts of {}", first.name)));
        }
        let files = parts
            .into_iter()
            .map(|file| make(file, Role::Weights))
            .collect();
        return Ok(Choice {
            format: ModelFormat::Gguf,
            files,
        });
    }
    if find("config.json").is_none()
        && let Some(choice) = student::choose(files, wanted, origin)?
    {
        return Ok(choice);
    }
    let (format, weights) = weights(files, wanted);
    if weights.is_empty() {
        return Err(nothing(format!("{origin} has no weights that can be used")));
    }
    if !is_complete(&weights) {
        return Err(nothing(format!("{origin} lacks parts of its weights")));
    }
    let mut chosen: Vec<ModelFile> = weights
        .into_iter()
        .map(|file| make(file, Role::Weights))
        .collect();
    let mut beside = BESIDE.to_vec();
    if chosen.len() > 1 {
        beside.push(match format {
            ModelFormat::Safetensors => ("model.safetensors.index.json", Role::WeightsIndex),
            _ => ("pytorch_model.bin.index.json", Role::WeightsIndex),
        });
    }
    chosen.extend(
        beside
            .into_iter()
            .filter_map(|(name, role)| Some(make(find(name)?, role))),
    );
    match find("config.json") {
        Some(_) => Ok(Choice {
            format,
            files: chosen,
        }),
        None => Err(nothing(format!("{origin} has no config.json"))),
    }
}

/// The weights of a model that has no GGUF: the file named, else what there is.
fn weights<'a>(files: &'a [Listed], wanted: Option<&str>) -> (ModelFormat, Vec<&'a Listed>) {
    let find = |name: &str| files.iter().find(|file| file.name == name);
    match wanted {
        Some(name) if name.ends_with(".safetensors") => {
            (ModelFormat::Safetensors, find(name).into_iter().collect())
        }
        Some(name) => (ModelFormat::Pytorch, find(name).into_iter().collect()),
        None => match find("model.safetensors") {
            Some(whole) => (ModelFormat::Safetensors, vec![whole]),
            None => match first_shard(files, "model", ".safetensors") {
                Some(first) => (ModelFormat::Safetensors, shards(files, first)),
                None => (ModelFormat::Pytorch, pytorch(files)),
            },
        },
    }
}

fn pytorch(files: &[Listed]) -> Vec<&Listed> {
    let whole = files.iter().find(|file| file.name == "pytorch_model.bin");
    match whole.or_else(|| first_shard(files, "pytorch_model", ".bin")) {
        Some(first) => shards(files, first),
        None => Vec::new(),
    }
}

/// A shard of the weights with this stem and ending.
fn first_shard<'a>(files: &'a [Listed], stem: &str, ending: &str) -> Option<&'a Listed> {
    let ours = |file: &&Listed| {
        file.name.ends_with(ending) && shard(&file.name).is_some_and(|(other, ..)| other == stem)
    };
    files.iter().find(ours)
}

/// Whether there are as many shards as their names promise.
fn is_complete(parts: &[&Listed]) -> bool {
    let total = parts.first().and_then(|first| shard(&first.name));
    total.is_none_or(|(_, _, total)| parts.len() == total as usize)
}

fn best_gguf(files: &[Listed]) -> Option<&Listed> {
    files
        .iter()
        .filter(|file| {
            let name = file.name.to_lowercase();
            let other = ["mmproj", "imatrix", "vocab"]
                .iter()
                .any(|part| name.contains(part));
            name.ends_with(".gguf")
                && !other
                && shard(&name).is_none_or(|(_, number, _)| number == 1)
        })
        .min_by_key(|file| {
            let name = file.name.to_uppercase().replace('-', "_");
            let rank = QUANTIZATIONS.iter().position(|kind| name.contains(kind));
            (rank.unwrap_or(usize::MAX), file.name.len())
        })
}

/// Splits `x-00001-of-00003.gguf` into `x`, 1 and 3.
fn shard(name: &str) -> Option<(&str, u32, u32)> {
    let (name, _) = name.rsplit_once('.')?;
    let (rest, total) = name.rsplit_once("-of-")?;
    let (stem, number) = rest.rsplit_once('-')?;
    Some((stem, number.parse().ok()?, total.parse().ok()?))
}

/// All shards of the file that `first` belongs to, in order; itself alone if it isn't split.
fn shards<'a>(files: &'a [Listed], first: &'a Listed) -> Vec<&'a Listed> {
    let Some((stem, _, total)) = shard(&first.name) else {
        return vec![first];
    };
    let ending = |file: &Listed| {
        file.name
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_owned())
    };
    let mut parts: Vec<(u32, &Listed)> = files
        .iter()
        .filter_map(|file| {
            let (other, number, of) = shard(&file.name)?;
            let same = other == stem && of == total && ending(file) == ending(first);
            same.then_some((number, file))
        })
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    parts.into_iter().map(|(_, file)| file).collect()
}

/// A GGUF without an architecture in its header, as candle's tools write it, with what says what it is: the
/// `config.json` beside it. `None` if there is none.
pub(super) fn with_config(choice: &Choice, files: &[Listed]) -> Option<Choice> {
    let beside = [
        ("config.json", Role::Config),
        ("generation_config.json", Role::GenerationConfig),
        ("tokenizer.json", Role::Tokenizer),
    ];
    let beside = beside.iter().filter_map(|&(name, role)| {
        let file = files.iter().find(|file| file.name == name)?;
        Some(ModelFile {
            name: file.name.clone(),
            role,
            size: file.size,
            sha256: file.sha256.clone(),
        })
    });
    let mut choice = choice.clone();
    choice.files.extend(beside);
    let has_config = choice.files.iter().any(|file| file.role == Role::Config);
    has_config.then_some(choice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Vec<Listed> {
        names
            .iter()
            .map(|name| Listed {
                name: (*name).to_owned(),
                size: Some(1),
                sha256: None,
            })
            .collect()
    }

    fn chosen(names: &[&str], wanted: Option<&str>) -> Vec<String> {
        let choice = choose(&listing(names), wanted, "repo").unwrap();
        choice.files.into_iter().map(|file| file.name).collect()
    }

    #[test]
    fn the_best_quantization_is_taken() {
        let names = [
            "m-Q8_0.gguf",
            "m-q4_k_m.gguf",
            "m-Q2_K.gguf",
            "mmproj-Q4_K_M.gguf",
            "README.md",
        ];
        assert_eq!(chosen(&names, None), ["m-q4_k_m.gguf"]);
        assert_eq!(chosen(&names, Some("m-Q8_0.gguf")), ["m-Q8_0.gguf"]);
        assert!(choose(&listing(&names), Some("other.gguf"), "repo").is_err());
    }

    #[test]
    fn shards_stay_together() {
        let names = [
            "b-00002-of-00002.gguf",
            "b-00001-of-00002.gguf",
            "a-00001-of-00003.gguf",
        ];
        assert_eq!(
            chosen(&names, Some("b-00001-of-00002.gguf")),
            ["b-00001-of-00002.gguf", "b-00002-of-00002.gguf"]
        );
        let sharded = [
            "config.json",
            "model-00001-of-00002.safetensors",
            "model-00002-of-00002.safetensors",
            "model.safetensors.index.json",
            "pytorch_model-00001-of-00002.bin",
            "consolidated.safetensors",
            "onnx/model.safetensors",
        ];
        assert_eq!(
            chosen(&sharded, None),
            [
                "model-00001-of-00002.safetensors",
                "model-00002-of-00002.safetensors",
                "config.json",
                "model.safetensors.index.json"
            ]
        );
        let pytorch = [
            "config.json",
            "pytorch_model-00002-of-00002.bin",
            "pytorch_model-00001-of-00002.bin",
            "pytorch_model.bin.index.json",
        ];
        assert_eq!(
            chosen(&pytorch, None),
            [
                "pytorch_model-00001-of-00002.bin",
                "pytorch_model-00002-of-00002.bin",
                "config.json",
                "pytorch_model.bin.index.json"
            ]
        );
        let error = choose(&listing(&pytorch[..2]), None, "repo").unwrap_err();
        assert_eq!(error.to_string(), "repo lacks parts of its weights");
    }

    #[test]
    fn safetensors_come_before_pytorch() {
        let both = [
            "pytorch_model.bin",
            "model.safetensors",
            "config.json",
            "source.spm",
            "tf_model.h5",
        ];
        assert_eq!(
            chosen(&both, None),
            ["model.safetensors", "config.json", "source.spm"]
        );
        assert_eq!(
            chosen(&["pytorch_model.bin", "config.json"], None),
            ["pytorch_model.bin", "config.json"]
        );
        let error = choose(&listing(&["README.md"]), None, "repo").unwrap_err();
        assert_eq!(error.hint(), Some("it has: README.md"));
    }
}
