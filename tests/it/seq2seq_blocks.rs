//! A T5 whose weights are quantized keeps their bits: it computes what the floats that they stand for compute, nearer
//! than when those are rounded again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QTensor, gguf_file};
use candle_core::{Device, Tensor};
use traghetto::arch::{Tensors, load_seq2seq};
use traghetto::decode::Seq2Seq;
use traghetto::nn::dense::{Precision, Workers};

const WIDTH: usize = 256;
const INNER: usize = 64;
const HIDDEN: usize = 512;
const VOCAB: usize = 300;

const CONFIG: &str = r#"{
    "model_type": "t5", "d_model": 256, "d_kv": 32, "num_heads": 2, "d_ff": 512, "vocab_size": 300,
    "num_layers": 2, "feed_forward_proj": "gated-gelu", "tie_word_embeddings": false
}"#;

/// Names and shapes of all tensors.
fn shapes() -> Vec<(String, Vec<usize>)> {
    let mut shapes = vec![
        ("shared.weight".to_owned(), vec![VOCAB, WIDTH]),
        ("lm_head.weight".to_owned(), vec![VOCAB, WIDTH]),
    ];
    for (stack, layers) in [("encoder", 2), ("decoder", 3)] {
        shapes.push((format!("{stack}.final_layer_norm.weight"), vec![WIDTH]));
        let bias = "block.0.layer.0.SelfAttention.relative_attention_bias.weight";
        shapes.push((format!("{stack}.{bias}"), vec![32, 2]));
        for block in 0..2 {
            for layer in 0..layers {
                let prefix = format!("{stack}.block.{block}.layer.{layer}");
                shapes.push((format!("{prefix}.layer_norm.weight"), vec![WIDTH]));
                if layer + 1 == layers {
                    let dense = format!("{prefix}.DenseReluDense");
                    shapes.push((format!("{dense}.wi_0.weight"), vec![HIDDEN, WIDTH]));
                    shapes.push((format!("{dense}.wi_1.weight"), vec![HIDDEN, WIDTH]));
                    shapes.push((format!("{dense}.wo.weight"), vec![WIDTH, HIDDEN]));
                    continue;
                }
                let kind = ["SelfAttention", "EncDecAttention"][layer];
                for name in ["q", "k", "v"] {
                    let name = format!("{prefix}.{kind}.{name}.weight");
                    shapes.push((name, vec![INNER, WIDTH]));
                }
                shapes.push((format!("{prefix}.{kind}.o.weight"), vec![WIDTH, INNER]));
            }
        }
    }
    shapes
}

/// Writes the same model twice: as 4-bit blocks, and as the floats that those stand for.
fn written(folder: &Path) -> [Tensors; 2] {
    let mut seed = 7_u32;
    let mut random = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let (mut blocks, mut floats) = (Vec::new(), HashMap::new());
    for (name, shape) in shapes() {
        let count = shape.iter().product();
        let (kind, spread, middle) = match shape[..] {
            [_] => (GgmlDType::F32, 0.1, 1.0),
            [_, columns] if columns % 256 == 0 => (GgmlDType::Q4K, 0.1, 0.0),
            [_, columns] if columns % 32 == 0 => (GgmlDType::Q4_0, 0.1, 0.0),
            _ => (GgmlDType::F32, 1.0, 0.0),
        };
        // A few weights are much larger than the others, as in real models.
        let values: Vec<f32> = (0..count)
            .map(|at| {
                let large = if at % 97 == 5 { 6.0 } else { 1.0 };
                middle + spread * random() * large
            })
            .collect();
        let tensor = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
        let tensor = QTensor::quantize(&tensor, kind).unwrap();
        floats.insert(name.clone(), tensor.dequantize(&Device::Cpu).unwrap());
        blocks.push((name, tensor));
    }
    let paths = ["model.gguf", "model.safetensors"].map(|name| folder.join(name));
    let named: Vec<_> = blocks.iter().map(|(name, t)| (name.as_str(), t)).collect();
    let mut file = std::fs::File::create(&paths[0]).unwrap();
    gguf_file::write(&mut file, &[], &named).unwrap();
    candle_core::safetensors::save(&floats, &paths[1]).unwrap();
    paths.map(|path| Tensors::open(&[path]).unwrap())
}

/// The logits of a few steps.
fn logits(tensors: &Tensors, precision: Precision) -> Vec<f32> {
    let workers = Arc::new(Workers::new(2));
    let model = load_seq2seq(CONFIG.as_bytes(), tensors, workers, precision).unwrap();
    let sources: [&[u32]; 2] = [&[5, 80, 7, 30, 1], &[299, 0, 4, 1]];
    let mut state = model.encode(&sources).unwrap();
    let mut all = Vec::new();
    for token in [0, 17, 250] {
        all.extend(model.step(&mut state, &[token; 2]).unwrap().data);
    }
    all
}

#[test]
fn blocks_are_kept_and_not_rounded_again() {
    let folder = tempfile::tempdir().unwrap();
    let [blocks, floats] = written(folder.path());
    let exact = logits(&floats, Precision::F32);
    assert_eq!(logits(&blocks, Precision::F32), exact);
    let distance = |tensors, precision| {
        let found = logits(tensors, precision);
        let squares = |values: &mut dyn Iterator<Item = f32>| values.map(|x| x * x).sum::<f32>();
        let off = squares(&mut found.iter().zip(&exact).map(|(a, b)| a - b));
        (off / squares(&mut exact.iter().copied())).sqrt()
    };
    let kept = distance(&blocks, Precision::Int8);
    let again = distance(&floats, Precision::Int8);
    println!("relative distance of the logits: kept {kept:.5}, rounded again {again:.5}");
    assert!(kept < 0.1, "{kept}");
    assert!(2.0 * kept < again, "{kept} {again}");
}
