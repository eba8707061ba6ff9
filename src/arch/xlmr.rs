//! XLM-RoBERTa (Conneau et al. 2020), the encoder under COMET's metrics. Its layers are those of BART's encoder, so it is the
//! encoder of a [`Transformer`] that has no decoder.

use std::sync::Arc;

use super::Tensors;
use super::seq2seq::{
    EncoderLayer, FeedForward, Positions, SelfAttention, Shape, Stack, Transformer, WeightReader,
};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::dense::{Activation, Precision, Workers};

/// Width of a head in every published size.
const HEAD: usize = 64;

/// Rows of the table of positions before the first token's.
const FIRST_POSITION: usize = 2;

fn broken(message: &str) -> Error {
    let message = format!("the weights can't be used: {message}");
    Error::new(ErrorKind::Model, message).with_hint(
        "the folder must hold an XLM-RoBERTa encoder with its names as transformers gives them",
    )
}

/// Loads the encoder whose tensors are named `{prefix}embeddings…` and `{prefix}encoder.layer…`. `heads` is known from a
/// configuration, if there is one.
///
/// # Errors
/// [`ErrorKind::Model`] if a tensor is missing or has another shape.
pub fn load(
    tensors: &Tensors,
    prefix: &'static str,
    heads: Option<usize>,
    workers: Arc<Workers>,
) -> Result<Transformer> {
    let reader = WeightReader {
        tensors,
        prefix,
        workers: &workers,
        precision: Precision::F32,
    };
    let sizes = |name: &str| {
        let shape = tensors.shape(&format!("{prefix}{name}"));
        match shape.as_deref() {
            Some(&[rows, columns]) if rows > 0 && columns > 0 => Ok((rows, columns)),
            _ => Err(broken(&format!("{prefix}{name} is missing"))),
        }
    };
    let (vocab, width) = sizes("embeddings.word_embeddings.weight")?;
    let heads = heads.unwrap_or(width / HEAD);
    if heads == 0 || !width.is_multiple_of(heads) {
        return Err(broken("its width is no multiple of its heads"));
    }
    let positions = positions(
        &reader,
        sizes("embeddings.position_embeddings.weight")?.0,
        width,
    )?;
    let mut layers = Vec::new();
    while reader.has(&format!(
        "encoder.layer.{}.attention.self.query.weight",
        layers.len()
    )) {
        let name = format!("encoder.layer.{}.", layers.len());
        let hidden = sizes(&format!("{name}intermediate.dense.weight"))?.0;
        layers.push(layer(&reader, &name, width, hidden)?);
    }
    if layers.is_empty() {
        return Err(broken("it has no layers"));
    }
    let embedding = reader.embedding(&["embeddings.word_embeddings.weight"], vocab, width, None)?;
    let stack_norm = Some(reader.norm("embeddings.LayerNorm", width)?);
    tensors.release();
    Ok(Transformer {
        workers: Arc::clone(&workers),
        shape: Shape {
            width,
            inner: width,
            embedding_scale: 1.0,
            attention_scale: 1.0 / ((width / heads) as f32).sqrt(),
            norm_first: false,
        },
        source_embedding: embedding.clone(),
        target_embedding: embedding.clone(),
        head: embedding,
        head_scale: 1.0,
        encoder: Stack {
            heads,
            positions,
            embedding_norm: stack_norm,
            relative: None,
            layers,
            last_norm: None,
        },
        decoder: Stack {
            heads,
            positions: Positions::None,
            embedding_norm: None,
            relative: None,
            layers: Vec::new(),
            last_norm: None,
        },
    })
}

/// The table of positions, with what is added to every token for being of the first text.
fn positions(reader: &WeightReader<'_>, rows: usize, width: usize) -> Result<Positions> {
    let table = reader.read("embeddings.position_embeddings.weight", &[rows, width])?;
    let kind = reader.read("embeddings.token_type_embeddings.weight", &[1, width])?;
    let mut rows = table
        .get(FIRST_POSITION * width..)
        .unwrap_or_default()
        .to_vec();
    for row in rows.chunks_exact_mut(width) {
        for (value, more) in row.iter_mut().zip(kind.iter()) {
            *value += more;
        }
    }
    Ok(Positions::Table { rows, width })
}

fn layer(
    reader: &WeightReader<'_>,
    name: &str,
    width: usize,
    hidden: usize,
) -> Result<EncoderLayer> {
    let own = format!("{name}attention.self.");
    let parts = [("query", width), ("key", width), ("value", width)];
    Ok(EncoderLayer {
        attention: SelfAttention {
            norm: reader.norm(&format!("{name}attention.output.LayerNorm"), width)?,
            qkv: reader.linear(&own, &parts, width, true)?,
            out: reader.linear(
                &format!("{name}attention.output."),
                &[("dense", width)],
                width,
                true,
            )?,
        },
        feed_forward: FeedForward {
            norm: reader.norm(&format!("{name}output.LayerNorm"), width)?,
            up: reader.linear(
                &format!("{name}intermediate."),
                &[("dense", hidden)],
                width,
                true,
            )?,
            gate: None,
            activation: Activation::Gelu,
            down: reader.linear(&format!("{name}output."), &[("dense", width)], hidden, true)?,
        },
    })
}
