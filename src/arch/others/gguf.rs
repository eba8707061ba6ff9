//! Quantized files of architectures that only `candle-transformers` runs.

use std::fs::File;
use std::io::BufReader;

use candle_core::quantized::gguf_file::Content;
use candle_core::{DType, Device, Result};
use candle_transformers::models as m;

use crate::error::{Error, ErrorKind};
use crate::weights::gguf::Gguf;
use crate::weights::{Architecture, Architecture as A};

use super::network::{Called, Network};

type Build = fn(Content, &mut BufReader<File>, &Device) -> Result<Box<dyn Network>>;

/// An architecture more is one row more; the last is the base of its rotations where the implementation doesn't read it.
const TABLE: &[(Architecture, Build, Option<f32>)] = &[
    (
        A::Phi3,
        |content, file, device| {
            let model = m::quantized_phi3::ModelWeights::from_gguf(false, content, file, device)?;
            let forward = m::quantized_phi3::ModelWeights::forward;
            Ok(Box::new(Called { model, forward }))
        },
        Some(10_000.0),
    ),
    (
        A::Glm4,
        |content, file, device| {
            let dtype = DType::F32;
            let model = m::quantized_glm4::ModelWeights::from_gguf(content, file, device, dtype)?;
            let forward = m::quantized_glm4::ModelWeights::forward;
            Ok(Box::new(Called { model, forward }))
        },
        None,
    ),
];

/// A network from a GGUF file.
pub(super) struct Quantized {
    pub network: Box<dyn Network>,
    pub vocab: usize,
    /// Positions that the implementation is right for.
    pub context: usize,
}

impl Quantized {
    /// Builds the network of a file whose header was checked.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the file can't be read; [`ErrorKind::Model`] if its architecture isn't in the table, it scales
    /// positions, or lacks a tensor.
    pub(super) fn read(gguf: &Gguf, device: &Device) -> crate::error::Result<Self> {
        let path = gguf.path();
        let wrong = |what: String| {
            let path = path.display();
            Error::new(ErrorKind::Model, format!("{path}: {what}"))
        };
        let name = gguf.architecture()?;
        let known = Architecture::from_model_type(name);
        let row = TABLE.iter().find(|(own, ..)| Some(*own) == known);
        let (_, build, base) = row.ok_or_else(|| {
            wrong(format!(
                "GGUF files of the architecture \"{name}\" are not run by candle-transformers here"
            ))
        })?;
        let key = |rest: &str| format!("{name}.{rest}");
        let scaling = key("rope.scaling.type");
        if gguf.contains(&scaling) && gguf.str(&scaling)? != "none" {
            let kind = gguf.str(&scaling)?;
            return Err(wrong(format!(
                "position scaling \"{kind}\" is not supported"
            )));
        }
        if gguf.has_tensor("rope_factors_long.weight") {
            return Err(wrong("position scaling by factors is not supported".into()));
        }
        if let Some(base) = base
            && gguf.contains(&key("rope.freq_base"))
            && gguf.f32(&key("rope.freq_base"))? != *base
        {
            return Err(wrong(format!("positions turn by another base than {base}")));
        }
        let mut context = gguf.usize(&key("context_length"))?;
        // The implementations know no window: within it that makes no difference.
        if gguf.contains(&key("attention.sliding_window")) {
            context = context.min(gguf.usize(&key("attention.sliding_window"))?);
        }
        let file = File::open(path).map_err(|error| Error::io("opening", path, error))?;
        let mut file = BufReader::new(file);
        let mut build = || build(Content::read(&mut file)?, &mut file, device);
        let network = build().map_err(|error| wrong(format!("it can't be built: {error}")))?;
        Ok(Self {
            network,
            vocab: gguf.tensor("token_embd.weight")?.rows(),
            context,
        })
    }
}
