//! The encoder: self-attention and feed-forward layers over the tokens of several sentences, packed without padding.

use crate::arch::student::config::Config;
use crate::arch::student::layers::{Affine, FeedForward, Loader, Process, Scratch};
use crate::error::Result;
use crate::nn::attention::ordered::{self, Memory, padded};
use crate::nn::isa::Isa;

#[derive(Debug)]
pub(super) struct Encoder {
    width: usize,
    heads: usize,
    start: Process,
    layers: Vec<Layer>,
    top: Process,
    isa: Isa,
}

#[derive(Debug)]
struct Layer {
    /// Queries, keys and values.
    qkv: Affine,
    /// `None` if the model has no projection.
    project: Option<Affine>,
    around_attention: Process,
    feed_forward: FeedForward,
}

impl Encoder {
    pub fn load(loader: Loader<'_>, config: &Config) -> Result<Self> {
        let width = config.dim_emb;
        let layer = |i: usize| {
            let attention = format!("encoder_l{i}_self");
            let name = |part: &str| format!("{attention}_{part}");
            let qkv = Affine::load(
                loader,
                width,
                &[
                    (&name("Wq"), Some(&name("bq")), width),
                    (&name("Wk"), Some(&name("bk")), width),
                    (&name("Wv"), Some(&name("bv")), width),
                ],
            )?;
            let project = match config.transformer_no_projection {
                true => None,
                false => Some(Affine::load(
                    loader,
                    width,
                    &[(&name("Wo"), Some(&name("bo")), width)],
                )?),
            };
            Ok(Layer {
                qkv,
                project,
                around_attention: Process::around(loader, config, &name("Wo"))?,
                feed_forward: FeedForward::load(
                    loader,
                    config,
                    &format!("encoder_l{i}_ffn"),
                    (config.transformer_dim_ffn, config.transformer_ffn_depth),
                )?,
            })
        };
        let (start, top) = Process::ends(loader, config, "encoder")?;
        Ok(Self {
            width,
            heads: config.transformer_heads,
            start,
            layers: (1..=config.enc_depth).map(layer).collect::<Result<_>>()?,
            top,
            isa: loader.isa,
        })
    }

    /// Encodes the embeddings `x` of sentences of these lengths, one after the other, in place.
    pub fn forward(&self, x: &mut Vec<f32>, lengths: &[usize], scratch: &mut Scratch) {
        let bottom = self.top.adds_input().then(|| x.clone());
        self.start.apply_before(x);
        for layer in &self.layers {
            self.attend(layer, x, lengths, scratch);
            layer.feed_forward.run(x, scratch);
        }
        self.top.after(x, bottom.as_deref().unwrap_or_default());
    }

    fn attend(&self, layer: &Layer, x: &mut Vec<f32>, lengths: &[usize], scratch: &mut Scratch) {
        let width = self.width;
        let Scratch {
            bytes,
            product: qkv,
            out,
            pre,
            keys,
            weights,
            ..
        } = scratch;
        let input = layer.around_attention.before(x, pre);
        layer.qkv.forward(input, bytes, qkv);
        let stride = layer.qkv.width();
        out.resize(x.len(), 0.0);
        let mut first = 0;
        for &len in lengths {
            let rows = &qkv[first * stride..(first + len) * stride];
            keys.resize(width * padded(len), 0.0);
            ordered::transpose(self.isa, &rows[width..], stride, width, keys);
            let memory = Memory {
                keys,
                values: &rows[2 * width..],
                stride,
                head_stride: width / self.heads,
                len,
                heads: self.heads,
                width,
            };
            let out = &mut out[first * width..(first + len) * width];
            ordered::attend(self.isa, rows, stride, memory, out, weights);
            first += len;
        }
        if let Some(project) = &layer.project {
            project.forward(out, bytes, qkv);
            std::mem::swap(out, qkv);
        }
        layer.around_attention.after(out, x);
        std::mem::swap(x, out);
    }
}
