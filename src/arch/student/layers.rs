//! The layers that the encoder and the decoder are made of.

use std::borrow::Cow;

use crate::arch::student::config::{Activation, Config};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::int8::{Columns, Int8Matrix, Int8Rows, Int8Table, quantize_rows};
use crate::nn::isa::Isa;
use crate::nn::rows;
use crate::weights::marian::{Checkpoint, Matrix};

/// Marian's epsilon in the layer normalisation of its transformers.
pub(super) const EPSILON: f32 = 1e-6;

/// Rows that go through a feed-forward layer together: its hidden activations then stay in the cache.
const TILE: usize = 48;

/// Buffers that every pass uses again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Quantized input of a product.
    pub bytes: Int8Rows,
    /// Quantized input of the second half of a feed-forward layer.
    hidden: Int8Rows,
    /// Hidden activations of a feed-forward layer that aren't quantized on the fly.
    floats: Vec<f32>,
    /// Output of a product.
    pub product: Vec<f32>,
    /// Output of a sublayer.
    pub out: Vec<f32>,
    /// Normalised input of a sublayer.
    pub pre: Vec<f32>,
    /// Keys of a sentence, transposed.
    pub keys: Vec<f32>,
    /// Attention weights of a query.
    pub weights: Vec<f32>,
    /// Logits of some columns of the output layer.
    pub logits: Vec<f32>,
}

/// Where weights come from, and what they run on.
#[derive(Clone, Copy)]
pub(super) struct Loader<'a> {
    pub checkpoint: &'a Checkpoint,
    pub isa: Isa,
}

/// A matrix of an [`Affine`]: name of the weights, of the bias if there is one, and the number of columns.
pub(super) type Part<'n> = (&'n str, Option<&'n str>, usize);

/// Affine maps of the same input, side by side. Those whose input is quantized alike are one product.
#[derive(Debug)]
pub(super) struct Affine {
    products: Vec<Product>,
    width: usize,
    isa: Isa,
}

#[derive(Debug)]
struct Product {
    matrix: Int8Matrix,
    /// First column in the output.
    column: usize,
}

impl Affine {
    /// Loads `parts`, each `[k, n]`.
    pub fn load(loader: Loader<'_>, k: usize, parts: &[Part<'_>]) -> Result<Self> {
        let mut loaded = Vec::with_capacity(parts.len());
        for &(name, bias, n) in parts {
            let multiplier = loader.checkpoint.activation_multiplier(name)?;
            let (values, multipliers) = match loader.checkpoint.matrix(name, k, n)? {
                Matrix::Int8 {
                    columns,
                    multiplier,
                } => {
                    if columns.contains(&i8::MIN) {
                        return Err(Error::new(
                            ErrorKind::Model,
                            format!(
                                "{name} holds a weight of -128, which quantization never makes"
                            ),
                        ));
                    }
                    (Cow::Borrowed(columns), vec![multiplier])
                }
                Matrix::Float32(values) => {
                    let (columns, multipliers) = quantize_rows(&transpose(&values, n), k);
                    (Cow::Owned(columns), multipliers)
                }
            };
            let bias = bias
                .map(|name| loader.checkpoint.floats(name, n))
                .transpose()?;
            loaded.push((multiplier, values, multipliers, bias));
        }
        let mut products = Vec::new();
        let mut column = 0;
        for alike in loaded.chunk_by(|a, b| a.0 == b.0) {
            let columns: Vec<_> = alike
                .iter()
                .map(|(_, values, multipliers, bias)| Columns {
                    values,
                    multipliers,
                    bias: bias.as_deref(),
                })
                .collect();
            let matrix = Int8Matrix::pack(k, alike[0].0, &columns);
            let start = column;
            column += matrix.n();
            products.push(Product {
                matrix,
                column: start,
            });
        }
        Ok(Self {
            products,
            width: column,
            isa: loader.isa,
        })
    }

    /// Columns of the output.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Maps the rows of `x` into `out`, `[rows, width]`.
    pub fn forward(&self, x: &[f32], bytes: &mut Int8Rows, out: &mut Vec<f32>) {
        let k = self.products[0].matrix.k();
        out.resize(x.len() / k * self.width, 0.0);
        for product in &self.products {
            bytes.quantize(self.isa, x, k, product.matrix.multiplier());
            if let Some(out) = out.get_mut(product.column..) {
                product.matrix.multiply(self.isa, bytes, out, self.width);
            }
        }
    }

    /// The only product, if the quantization of its input is known beforehand.
    fn fixed(&self) -> Option<(&Int8Matrix, f32)> {
        match &self.products[..] {
            [one] => Some((&one.matrix, one.matrix.multiplier()?)),
            _ => None,
        }
    }
}

/// A feed-forward sublayer of any depth, with what goes around it.
#[derive(Debug)]
pub(super) struct FeedForward {
    layers: Vec<Affine>,
    activation: Activation,
    around: Process,
    width: usize,
}

impl FeedForward {
    /// Loads `{prefix}_W1` … `{prefix}_W{depth}`, whose inner layers are `hidden` wide.
    pub fn load(
        loader: Loader<'_>,
        config: &Config,
        prefix: &str,
        (hidden, depth): (usize, usize),
    ) -> Result<Self> {
        let width = config.dim_emb;
        let layer = |i: usize| {
            let (weights, bias) = (format!("{prefix}_W{i}"), format!("{prefix}_b{i}"));
            let k = if i == 1 { width } else { hidden };
            let n = if i == depth { width } else { hidden };
            Affine::load(loader, k, &[(&weights, Some(&bias), n)])
        };
        Ok(Self {
            layers: (1..=depth).map(layer).collect::<Result<_>>()?,
            activation: config.transformer_ffn_activation,
            around: Process::around(loader, config, &format!("{prefix}_ffn"))?,
            width,
        })
    }

    /// Runs the sublayer on the rows of `x`, in place.
    pub fn run(&self, x: &mut Vec<f32>, scratch: &mut Scratch) {
        let width = self.width;
        let mut pre = std::mem::take(&mut scratch.pre);
        let mut out = std::mem::take(&mut scratch.out);
        out.resize(x.len(), 0.0);
        let input = self.around.before(x, &mut pre);
        let tiles = input.chunks(TILE * width).zip(out.chunks_mut(TILE * width));
        for (input, out) in tiles {
            if !self.forward_fused(input, width, scratch, out) {
                self.forward_plain(input, scratch, out);
            }
        }
        self.around.after(&mut out, x);
        std::mem::swap(x, &mut out);
        (scratch.pre, scratch.out) = (pre, out);
    }

    /// Two layers with ReLU between them, as students have: the hidden activations are never floats in memory.
    fn forward_fused(
        &self,
        x: &[f32],
        width: usize,
        scratch: &mut Scratch,
        out: &mut [f32],
    ) -> bool {
        let [first, second] = &self.layers[..] else {
            return false;
        };
        let (Some((first, before)), Some((matrix, between))) = (first.fixed(), second.fixed())
        else {
            return false;
        };
        if self.activation != Activation::Relu {
            return false;
        }
        let Scratch { bytes, hidden, .. } = scratch;
        bytes.quantize(second.isa, x, width, Some(before));
        first.multiply_relu(second.isa, bytes, between, hidden);
        matrix.multiply(second.isa, hidden, out, width);
        true
    }

    fn forward_plain(&self, x: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
        let Scratch {
            bytes,
            floats,
            product,
            ..
        } = scratch;
        let mut input = x;
        for (index, layer) in self.layers.iter().enumerate() {
            layer.forward(input, bytes, product);
            if index + 1 < self.layers.len() {
                match self.activation {
                    Activation::Relu => rows::relu(layer.isa, product),
                    Activation::Swish => rows::swish(layer.isa, product),
                }
            }
            std::mem::swap(floats, product);
            input = floats;
        }
        out.copy_from_slice(input);
    }
}

/// Layer normalisation's parameters.
#[derive(Debug)]
pub(super) struct Norm {
    scale: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    fn load(checkpoint: &Checkpoint, prefix: &str, suffix: &str, width: usize) -> Result<Self> {
        Ok(Self {
            scale: checkpoint.floats(&format!("{prefix}_ln_scale{suffix}"), width)?,
            bias: checkpoint.floats(&format!("{prefix}_ln_bias{suffix}"), width)?,
        })
    }

    fn apply(&self, isa: Isa, x: &mut [f32]) {
        rows::layer_norm(isa, x, &self.scale, &self.bias, EPSILON);
    }
}

/// One of Marian's operations around a sublayer.
pub(super) enum Op {
    /// `a`: add the sublayer's input.
    Add,
    /// `n`: normalise.
    Norm,
}

/// Marian's string of operations around the sublayer `prefix`, which must be among `known`; dropout (`d`) means nothing
/// here.
pub(super) fn operations(text: &str, known: &str, prefix: &str) -> Result<Vec<Op>> {
    let ops = text.chars().filter(|&op| op != 'd');
    ops.map(|op| match op {
        'a' if known.contains(op) => Ok(Op::Add),
        'n' if known.contains(op) => Ok(Op::Norm),
        _ => Err(Error::new(
            ErrorKind::Model,
            format!("the operation \"{op}\" around {prefix} isn't supported"),
        )),
    })
    .collect()
}

/// What happens to the input of a sublayer and to its output.
#[derive(Debug)]
pub(super) struct Process {
    /// `n` before the sublayer.
    pre: Vec<Norm>,
    post: Vec<Post>,
    isa: Isa,
}

#[derive(Debug)]
enum Post {
    /// `a`: add the sublayer's input.
    Add,
    /// `n`.
    Norm(Norm),
}

impl Process {
    /// Loads what goes around the sublayer `prefix`.
    pub fn around(loader: Loader<'_>, config: &Config, prefix: &str) -> Result<Self> {
        let pre = &config.transformer_preprocess;
        let post = &config.transformer_postprocess;
        Self::load(loader, prefix, pre, post, config.dim_emb)
    }

    /// Loads what comes before and after all layers of a side, `encoder` or `decoder`.
    pub fn ends(loader: Loader<'_>, config: &Config, side: &str) -> Result<(Self, Self)> {
        let end = |name: &str, pre: &str, post: &str| {
            let prefix = format!("{side}_{name}");
            Self::load(loader, &prefix, pre, post, config.dim_emb)
        };
        Ok((
            end("emb", &config.transformer_postprocess_emb, "")?,
            end("top", "", &config.transformer_postprocess_top)?,
        ))
    }

    /// Loads the operations `pre` and `post` of the sublayer `prefix`.
    fn load(loader: Loader<'_>, prefix: &str, pre: &str, post: &str, width: usize) -> Result<Self> {
        let norm = |suffix| Norm::load(loader.checkpoint, prefix, suffix, width);
        let before = operations(pre, "n", prefix)?.into_iter();
        let after = operations(post, "an", prefix)?.into_iter();
        Ok(Self {
            pre: before.map(|_| norm("_pre")).collect::<Result<_>>()?,
            post: after
                .map(|op| match op {
                    Op::Add => Ok(Post::Add),
                    Op::Norm => norm("").map(Post::Norm),
                })
                .collect::<Result<_>>()?,
            isa: loader.isa,
        })
    }

    /// Whether [`Process::after`] needs the input.
    pub fn adds_input(&self) -> bool {
        self.post.iter().any(|op| matches!(op, Post::Add))
    }

    /// The sublayer's input: `x` itself, or what becomes of it in `buffer`.
    pub fn before<'b>(&self, x: &'b [f32], buffer: &'b mut Vec<f32>) -> &'b [f32] {
        if self.pre.is_empty() {
            return x;
        }
        buffer.clear();
        buffer.extend_from_slice(x);
        self.apply_before(buffer);
        buffer
    }

    /// What happens before the sublayer, in place.
    pub fn apply_before(&self, x: &mut [f32]) {
        for norm in &self.pre {
            norm.apply(self.isa, x);
        }
    }

    /// Finishes the sublayer's output `out`, given what went into it.
    pub fn after(&self, out: &mut [f32], x: &[f32]) {
        for op in &self.post {
            match op {
                Post::Add => rows::add(self.isa, out, x),
                Post::Norm(norm) => norm.apply(self.isa, out),
            }
        }
    }
}

/// The transpose of a row-major matrix of `n` columns.
fn transpose(values: &[f32], n: usize) -> Vec<f32> {
    (0..n)
        .flat_map(|column| values[column..].iter().step_by(n).copied())
        .collect()
}

/// The embedding table `[rows, width]`, quantized row by row if the model isn't.
pub(super) fn embedding(
    checkpoint: &Checkpoint,
    name: &str,
    rows: usize,
    width: usize,
) -> Result<Int8Table> {
    if let Some((values, multiplier)) = checkpoint.shared_columns(name, [rows, width])? {
        return Ok(Int8Table::new(values, width, vec![multiplier]));
    }
    let (values, multipliers) = quantize_rows(&checkpoint.floats(name, rows * width)?, width);
    Ok(Int8Table::new(values, width, multipliers))
}

/// An output layer of its own, `[width, rows]`, as a table of one row a token.
pub(super) fn output(
    checkpoint: &Checkpoint,
    name: &str,
    rows: usize,
    width: usize,
) -> Result<Int8Table> {
    // Older models keep it untransposed.
    let untransposed = format!("{name}_W");
    if !checkpoint.contains(&untransposed) {
        return embedding(checkpoint, &format!("{name}_Wt"), rows, width);
    }
    if let Some((values, multiplier)) = checkpoint.shared_columns(&untransposed, [width, rows])? {
        return Ok(Int8Table::new(values, width, vec![multiplier]));
    }
    let values = checkpoint.floats(&untransposed, rows * width)?;
    let (values, multipliers) = quantize_rows(&transpose(&values, rows), width);
    Ok(Int8Table::new(values, width, multipliers))
}
