//! COMET without references (`wmt20-comet-qe-da`, Rei et al. 2020): XLM-RoBERTa reads source and translation each for itself;
//! a mixture of all layers, averaged over the tokens, goes into a small network that says how good the translation is.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;

use crate::arch::seq2seq::Transformer;
use crate::arch::{Tensors, xlmr};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::Workers;
use crate::tokenizer::hf::HfTokenizer;
use crate::weights::checkpoint::Checkpoint;

/// What `torch.nn.Sequential` counts between two layers: the activation and dropout.
const BETWEEN: usize = 3;
/// Under a root of a variance.
const EPSILON: f64 = 1e-12;

/// The model with its tokenizer.
pub struct Comet {
    encoder: Transformer,
    tokenizer: HfTokenizer,
    /// Shares of the layers, that of the embeddings first, times the common factor.
    mix: Vec<f64>,
    estimator: Vec<Layer>,
}

/// A layer of the estimator: `[n, k]` weights, and a bias.
struct Layer {
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// What `hparams.yaml` says that must be so.
#[derive(Deserialize)]
#[serde(default)]
struct Settings {
    class_identifier: String,
    layer: String,
    pool: String,
    activations: String,
    layer_norm: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            class_identifier: "referenceless_regression_metric".to_owned(),
            layer: "mix".to_owned(),
            pool: "avg".to_owned(),
            activations: "Tanh".to_owned(),
            layer_norm: true,
        }
    }
}

impl Settings {
    fn read(folder: &Path) -> Result<()> {
        let path = folder.join("hparams.yaml");
        if !path.is_file() {
            return Ok(());
        }
        let text =
            std::fs::read_to_string(&path).map_err(|error| Error::io("reading", &path, error))?;
        let broken = |what: String| {
            Error::new(
                ErrorKind::Model,
                format!("{} can't be used: {what}", path.display()),
            )
            .with_hint("only models like wmt20-comet-qe-da run here")
        };
        let said: Self =
            serde_yaml_ng::from_str(&text).map_err(|error| broken(error.to_string()))?;
        let usual = Self::default();
        for (said, usual, what) in [
            (&said.class_identifier, &usual.class_identifier, "class"),
            (&said.layer, &usual.layer, "layer"),
            (&said.pool, &usual.pool, "pooling"),
            (&said.activations, &usual.activations, "activation"),
        ] {
            if said != usual {
                return Err(broken(format!("its {what} is {said}, not {usual}")));
            }
        }
        match said.layer_norm {
            true => Ok(()),
            false => Err(broken("its layers aren't normalised".to_owned())),
        }
    }
}

impl Comet {
    /// Loads the model in `folder`: weights by the names of COMET's `state_dict`, XLM-RoBERTa's `tokenizer.json`, and
    /// `hparams.yaml` and `config.json` where they are.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Unavailable`] if a file is missing; [`ErrorKind::Model`] if one is damaged, or it is
    /// another model.
    pub fn open(folder: &Path, threads: usize) -> Result<Self> {
        Settings::read(folder)?;
        let tokenizer = HfTokenizer::open(folder)?;
        let files = Checkpoint::files_in(folder).map_err(|error| {
            Error::new(error.kind(), error.to_string()).with_hint(
                "save the state_dict of checkpoints/model.ckpt as pytorch_model.bin: \
                torch.save(torch.load(\"model.ckpt\")[\"state_dict\"], \"pytorch_model.bin\")",
            )
        })?;
        let tensors = Tensors::open(&files)?;
        let workers = Arc::new(Workers::new(threads.max(1)));
        let encoder = xlmr::load(&tensors, "encoder.model.", heads(folder)?, workers)?;
        let mut parameters = Vec::new();
        let name = |n: usize| format!("layerwise_attention.scalar_parameters.{n}");
        while tensors.shape(&name(parameters.len())).is_some() {
            parameters.push(f64::from(tensors.read(&name(parameters.len()), &[1])?[0]));
        }
        let gamma = f64::from(tensors.read("layerwise_attention.gamma", &[1])?[0]);
        let most = parameters.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let shares: Vec<f64> = parameters.iter().map(|w| (w - most).exp()).collect();
        let total: f64 = shares.iter().sum();
        Ok(Self {
            mix: shares.iter().map(|share| gamma * share / total).collect(),
            estimator: estimator(&tensors)?,
            encoder,
            tokenizer,
        })
    }

    /// How good each translation is; each item is a source and a translation.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if the model fails; [`ErrorKind::Model`] if its parts don't fit.
    pub fn score(&self, items: &[(&str, &str)]) -> Result<Vec<f32>> {
        let score = |(source, translation): &(&str, &str)| {
            let (source, translation) = (self.sentence(source)?, self.sentence(translation)?);
            let pairs = || translation.iter().zip(&source);
            let mut x = translation.clone();
            x.extend(&source);
            x.extend(pairs().map(|(mt, src)| mt * src));
            x.extend(pairs().map(|(mt, src)| (mt - src).abs()));
            let last = self.estimator.len() - 1;
            for (n, layer) in self.estimator.iter().enumerate() {
                x = layer.apply(&x)?;
                if n < last {
                    x.iter_mut().for_each(|x| *x = x.tanh());
                }
            }
            Ok(x[0])
        };
        items.iter().map(score).collect()
    }

    /// A text's vector.
    fn sentence(&self, text: &str) -> Result<Vec<f32>> {
        let mut ids = self.tokenizer.encode(text)?;
        if let Some(first) = self.tokenizer.id("<s>")
            && ids.first() != Some(&first)
        {
            ids.insert(0, first);
        }
        if let Some(most) = self.encoder.max_source()
            && ids.len() > most
            && let Some(end) = ids.pop()
        {
            ids.truncate(most - 1);
            ids.push(end);
        }
        let mut layers = 0;
        let mut vector: Vec<f64> = Vec::new();
        self.encoder.encoder_layers(&ids, &mut |x| {
            let width = x.len() / ids.len();
            vector.resize(width, 0.0);
            let share = self.mix.get(layers).copied().unwrap_or_default();
            layers += 1;
            // The whole text is normalised at once.
            let count = x.len() as f64;
            let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
            let squares = x.iter().map(|&x| (f64::from(x) - mean).powi(2));
            let deviation = (squares.sum::<f64>() / count + EPSILON).sqrt();
            for (column, out) in vector.iter_mut().enumerate() {
                let own = x.iter().skip(column).step_by(width);
                let average = own.map(|&x| f64::from(x)).sum::<f64>() / ids.len() as f64;
                *out += share * (average - mean) / deviation;
            }
        })?;
        if layers != self.mix.len() {
            let message = format!("{layers} layers, but shares of {}", self.mix.len());
            return Err(Error::new(ErrorKind::Model, message));
        }
        Ok(vector.into_iter().map(|x| x as f32).collect())
    }
}

/// How many heads `config.json` says that the encoder has, if it is there.
fn heads(folder: &Path) -> Result<Option<usize>> {
    #[derive(Deserialize)]
    struct Config {
        num_attention_heads: Option<usize>,
    }
    let path = folder.join("config.json");
    if !path.is_file() {
        return Ok(None);
    }
    let text = std::fs::read(&path).map_err(|error| Error::io("reading", &path, error))?;
    let config: Config = serde_json::from_slice(&text).map_err(|error| {
        let message = format!("{} can't be read", path.display());
        Error::new(ErrorKind::Model, message).with_source(error)
    })?;
    Ok(config.num_attention_heads)
}

fn estimator(tensors: &Tensors) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    loop {
        let name = format!("estimator.ff.{}", BETWEEN * layers.len());
        let Some(shape) = tensors.shape(&format!("{name}.weight")) else {
            break;
        };
        let weights = tensors
            .read(&format!("{name}.weight"), &shape)?
            .into_owned();
        let bias = tensors.read(&format!("{name}.bias"), &shape[..shape.len().min(1)])?;
        layers.push(Layer {
            weights,
            bias: bias.into_owned(),
        });
    }
    match layers.last() {
        Some(last) if last.bias.len() == 1 => Ok(layers),
        _ => {
            let message = "the weights can't be used: they have no estimator of one score";
            Err(Error::new(ErrorKind::Model, message))
        }
    }
}

impl Layer {
    fn apply(&self, x: &[f32]) -> Result<Vec<f32>> {
        if self.weights.len() != self.bias.len() * x.len() {
            let message = "the layers of the estimator don't fit each other";
            return Err(Error::new(ErrorKind::Model, message));
        }
        let rows = self.weights.chunks_exact(x.len()).zip(&self.bias);
        Ok(rows
            .map(|(row, bias)| bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>())
            .collect())
    }
}
