//! `config.json` of the BART line of models.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::Activation;
use crate::weights::Architecture;

/// Largest size that a config may name; the largest models are far below it.
const MAX_SIZE: usize = 1 << 24;

/// What `config.json` says about the weights.
#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    /// Which family.
    #[serde(rename = "model_type", deserialize_with = "family")]
    pub family: Architecture,
    /// Width of the hidden states.
    pub d_model: usize,
    /// Size of the source vocabulary, and of the target's where that isn't given.
    pub vocab_size: usize,
    /// Size of the target vocabulary.
    pub decoder_vocab_size: Option<usize>,
    /// Encoder layers.
    pub encoder_layers: usize,
    /// Decoder layers.
    pub decoder_layers: usize,
    /// Heads of each encoder layer.
    pub encoder_attention_heads: usize,
    /// Heads of each decoder layer.
    pub decoder_attention_heads: usize,
    /// Width inside the encoder's feed-forward networks.
    pub encoder_ffn_dim: usize,
    /// Width inside the decoder's feed-forward networks.
    pub decoder_ffn_dim: usize,
    /// Number of positions.
    pub max_position_embeddings: usize,
    /// Name of the activation function.
    #[serde(default = "gelu")]
    pub activation_function: String,
    /// Whether embeddings are multiplied with the root of the width.
    #[serde(default)]
    pub scale_embedding: bool,
    /// Whether encoder and decoder have one embedding.
    #[serde(default = "yes")]
    pub share_encoder_decoder_embeddings: bool,
    /// Whether the output layer is the decoder's embedding.
    #[serde(default = "yes")]
    pub tie_word_embeddings: bool,
    /// The padding token.
    #[serde(default)]
    pub pad_token_id: usize,
}

/// OPUS-MT (Tiedemann & Thottingal 2020), BART (Lewis et al. 2020), mBART and mBART-50 (Liu et al. 2020; Tang et al.
/// 2020), M2M100 (Fan et al. 2021) with NLLB-200 and SMaLL-100, Pegasus (Zhang et al. 2020): one implementation serves
/// them all.
const FAMILIES: [Architecture; 5] = [
    Architecture::Marian,
    Architecture::Bart,
    Architecture::Mbart,
    Architecture::M2m100,
    Architecture::Pegasus,
];

fn family<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Architecture, D::Error> {
    let name = String::deserialize(deserializer)?;
    Architecture::from_model_type(&name)
        .filter(|family| FAMILIES.contains(family))
        .ok_or_else(|| D::Error::custom(format!("the model_type \"{name}\" is none of these")))
}

fn gelu() -> String {
    "gelu".into()
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads `config.json`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't one of these families' or contradicts itself.
    pub fn read(json: &[u8]) -> Result<Self> {
        let config: Self = serde_json::from_slice(json)
            .map_err(|source| broken("it can't be read").with_source(source))?;
        let sizes = [
            config.d_model,
            config.vocab_size,
            config.decoder_vocab(),
            config.encoder_layers,
            config.decoder_layers,
            config.encoder_attention_heads,
            config.decoder_attention_heads,
            config.encoder_ffn_dim,
            config.decoder_ffn_dim,
            config.max_position_embeddings,
        ];
        if sizes.iter().any(|size| !(1..=MAX_SIZE).contains(size)) {
            return Err(broken("a size in it is 0 or beyond any model"));
        }
        for heads in [
            config.encoder_attention_heads,
            config.decoder_attention_heads,
        ] {
            if !config.d_model.is_multiple_of(heads) {
                return Err(broken(format!(
                    "its width {} doesn't divide into {heads} heads",
                    config.d_model
                )));
            }
        }
        // One factor for both stacks, as every model of these families has.
        if config.encoder_attention_heads != config.decoder_attention_heads {
            return Err(broken(
                "its encoder and decoder have different numbers of heads, which isn't supported",
            ));
        }
        config.activation()?;
        Ok(config)
    }

    /// Size of the target vocabulary.
    pub fn decoder_vocab(&self) -> usize {
        self.decoder_vocab_size.unwrap_or(self.vocab_size)
    }

    /// The activation function.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it is unknown.
    pub fn activation(&self) -> Result<Activation> {
        Activation::by_name(&self.activation_function).ok_or_else(|| {
            broken(format!(
                "its activation function \"{}\" isn't known",
                self.activation_function
            ))
        })
    }
}

fn broken(message: impl Into<String>) -> Error {
    let message: String = message.into();
    Error::new(
        ErrorKind::Model,
        format!("config.json can't be used: {message}"),
    )
    .with_hint("supported are Marian, BART, mBART, M2M100, NLLB, Pegasus and T5 models")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"model_type":"marian","d_model":16,"vocab_size":9,"encoder_layers":1,"decoder_layers":1,
        "encoder_attention_heads":2,"decoder_attention_heads":2,"encoder_ffn_dim":8,"decoder_ffn_dim":8,
        "max_position_embeddings":4,"activation_function":"swish"}"#;

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(
            Config::read(GOOD.as_bytes()).unwrap().family,
            Architecture::Marian
        );
        for (from, to) in [
            ("marian", "bert"),
            ("\"d_model\":16", "\"d_model\":15"),
            ("\"d_model\":16", "\"d_model\":0"),
            ("\"d_model\":16", "\"d_model\":-1"),
            ("\"vocab_size\":9", "\"vocab_size\":99999999999"),
            ("swish", "swoosh"),
            (
                "\"decoder_attention_heads\":2",
                "\"decoder_attention_heads\":4",
            ),
            ("\"encoder_layers\":1,", ""),
        ] {
            let bad = GOOD.replace(from, to);
            assert_ne!(bad, GOOD);
            assert_eq!(
                Config::read(bad.as_bytes()).unwrap_err().kind(),
                ErrorKind::Model,
                "{to}"
            );
        }
    }
}
