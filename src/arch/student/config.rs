//! What a Marian model says about itself, in the YAML that it carries.

use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result};
use crate::nn::simd::LANES;

/// Largest width, depth or vocabulary that is believed; real ones are far below, and products of them fit `usize`.
const LARGEST: usize = 1 << 16;
const LARGEST_VOCABULARY: usize = 1 << 24;

/// The keys that matter here; defaults are Marian's.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Config {
    #[serde(rename = "type")]
    kind: String,
    pub dim_vocabs: Vec<usize>,
    pub dim_emb: usize,
    pub enc_depth: usize,
    pub dec_depth: usize,
    #[serde(default)]
    dec_cell: String,
    pub transformer_heads: usize,
    pub transformer_dim_ffn: usize,
    #[serde(default = "two")]
    pub transformer_ffn_depth: usize,
    #[serde(default)]
    pub transformer_ffn_activation: Activation,
    #[serde(default)]
    pub transformer_decoder_dim_ffn: usize,
    #[serde(default)]
    pub transformer_decoder_ffn_depth: usize,
    #[serde(default)]
    pub transformer_preprocess: String,
    #[serde(default = "dan")]
    pub transformer_postprocess: String,
    #[serde(default)]
    pub transformer_postprocess_emb: String,
    #[serde(default)]
    pub transformer_postprocess_top: String,
    #[serde(default = "self_attention")]
    pub transformer_decoder_autoreg: String,
    #[serde(default)]
    pub transformer_no_projection: bool,
    #[serde(default, alias = "transformer-train-positions")]
    transformer_train_position_embeddings: bool,
    #[serde(default)]
    transformer_pool: bool,
    #[serde(default)]
    transformer_tied_layers: Vec<usize>,
    #[serde(default)]
    layer_normalization: bool,
    #[serde(default)]
    pub tied_embeddings: bool,
    #[serde(default)]
    pub tied_embeddings_src: bool,
    #[serde(default)]
    pub tied_embeddings_all: bool,
    #[serde(default)]
    pub output_omit_bias: bool,
    #[serde(default)]
    lemma_dim_emb: i64,
    #[serde(default)]
    ulr: bool,
}

/// The function between the two halves of a feed-forward layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Activation {
    Relu,
    #[default]
    Swish,
}

fn two() -> usize {
    2
}

fn dan() -> String {
    "dan".into()
}

fn self_attention() -> String {
    "self-attention".into()
}

impl Config {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it can't be read, asks for something that isn't built here, or contradicts itself.
    pub fn parse(yaml: &str) -> Result<Self> {
        let mut config: Self = serde_yaml_ng::from_str(yaml).map_err(|source| {
            let message = "its configuration (special:model.yml) can't be read";
            Error::new(ErrorKind::Model, message).with_source(source)
        })?;
        if config.transformer_decoder_dim_ffn == 0 {
            config.transformer_decoder_dim_ffn = config.transformer_dim_ffn;
        }
        if config.transformer_decoder_ffn_depth == 0 {
            config.transformer_decoder_ffn_depth = config.transformer_ffn_depth;
        }
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let unsupported = [
            (self.kind != "transformer", "a type other than transformer"),
            (
                self.dim_vocabs.len() != 2,
                "other than one source and one target",
            ),
            (
                self.transformer_decoder_autoreg != "rnn" || self.dec_cell != "ssru",
                "a decoder other than SSRU",
            ),
            (
                self.transformer_train_position_embeddings,
                "trained positions",
            ),
            (self.transformer_pool, "pooling instead of cross-attention"),
            (!self.transformer_tied_layers.is_empty(), "tied layers"),
            (self.layer_normalization, "layer normalisation in the cell"),
            (self.lemma_dim_emb != 0, "a factored vocabulary"),
            (self.ulr, "universal language representation"),
        ];
        for (found, what) in unsupported {
            if found {
                let message = format!("the model has {what}, which isn't supported");
                let error = Error::new(ErrorKind::Model, message);
                return Err(error.with_hint(
                    "students with a transformer encoder and an SSRU decoder are, such as Firefox's",
                ));
            }
        }
        let size = self.dim_emb;
        let sizes = [
            size,
            self.transformer_dim_ffn,
            self.transformer_decoder_dim_ffn,
            self.transformer_heads,
        ];
        let depths = [
            self.transformer_ffn_depth,
            self.transformer_decoder_ffn_depth,
            self.enc_depth,
            self.dec_depth,
        ];
        let fits = sizes
            .iter()
            .chain(&depths)
            .all(|n| (1..=LARGEST).contains(n))
            && self
                .dim_vocabs
                .iter()
                .all(|n| (1..=LARGEST_VOCABULARY).contains(n))
            && size.is_multiple_of(self.transformer_heads)
            && (size / self.transformer_heads).is_multiple_of(LANES)
            && self.transformer_dim_ffn.is_multiple_of(LANES)
            && self.transformer_decoder_dim_ffn.is_multiple_of(LANES);
        match fits {
            true => Ok(()),
            false => Err(Error::new(
                ErrorKind::Model,
                format!(
                    "the model's sizes aren't supported: width {size}, {} heads, feed-forward {} and {}, depths \
                     {depths:?}, vocabularies {:?}",
                    self.transformer_heads,
                    self.transformer_dim_ffn,
                    self.transformer_decoder_dim_ffn,
                    self.dim_vocabs
                ),
            )),
        }
    }

    /// Name of the encoder's embedding table.
    pub fn source_table(&self) -> &'static str {
        match self.tied_embeddings_all || self.tied_embeddings_src {
            true => "Wemb",
            false => "encoder_Wemb",
        }
    }

    /// Name of the decoder's embedding table.
    pub fn target_table(&self) -> &'static str {
        match self.tied_embeddings_all || self.tied_embeddings_src {
            true => "Wemb",
            false => "decoder_Wemb",
        }
    }

    /// Checks that the model is for vocabularies of these sizes.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if it isn't.
    pub fn check_vocabularies(&self, sizes: [usize; 2]) -> Result<()> {
        if self.dim_vocabs == sizes {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Model,
            format!(
                "the model is for vocabularies of {:?} pieces, and these have {sizes:?}",
                self.dim_vocabs
            ),
        )
        .with_hint("use the vocabulary files that came with the model"))
    }
}
