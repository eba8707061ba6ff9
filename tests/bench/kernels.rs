//! How fast this machine reads memory, and how fast language models run on it.
//!
//!     cargo bench --bench kernels -- MODEL.gguf [THREADS [PROMPT [TOKENS]]]
//!
//! prints one line of JSON: bytes read a second by all threads together, seconds to load, tokens a second of prefill and of
//! decoding (alone, and eight sequences together), and peak memory. Without a model, reading and the speed of
//! products by format.

use std::hint::black_box;
use std::time::Instant;

use traghetto::arch::causal::CausalModel;
use traghetto::decode::{CausalLm, Logits, SeqId, SeqInput, Want};
use traghetto::nn::pool::Pool;
use traghetto::nn::quant::{Activations, Arena, Product, matmul};
use traghetto::weights::gguf::{Gguf, Tensor, TensorType};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Bytes a second, best of several: what decoding can't exceed.
fn read_bandwidth(threads: usize) -> Result<f64> {
    const BYTES: usize = 512 << 20;
    const PIECE: usize = 1 << 20;
    let mut memory = memmap2::MmapMut::map_anon(BYTES)?;
    #[cfg(target_os = "linux")]
    memory.advise(memmap2::Advice::HugePage)?;
    memory.fill(1);
    let pool = Pool::new(threads);
    let mut best = f64::INFINITY;
    for _ in 0..7 {
        let start = Instant::now();
        pool.run(BYTES / PIECE, |piece| {
            let (lines, _) = memory[piece * PIECE..][..PIECE].as_chunks::<64>();
            // One load a cache line is all that the memory sees.
            let mut sums = [0u64; 4];
            for lines in lines.chunks_exact(4) {
                for (sum, line) in sums.iter_mut().zip(lines) {
                    *sum = sum.wrapping_add(u64::from(line[0]));
                }
            }
            black_box(sums);
        });
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(BYTES as f64 / best)
}

/// Speed of products with a random matrix: gigabytes of weights a second for one row, from memory and from the cache;
/// thousand million multiply-adds a second for eight rows and for 256.
fn product_rates(kind: TensorType, threads: usize) -> Result<[f64; 4]> {
    let pool = Pool::new(threads);
    let cols = 1536;
    let mut rates = [0.0; 4];
    for (rate, (rows, m)) in
        rates
            .iter_mut()
            .zip([(96 << 10, 1), (768, 1), (8 << 10, 8), (4 << 10, 256)])
    {
        let blocks = rows * cols / kind.block_len();
        // Any bytes are codes; scales made of small bytes are finite.
        let bytes: Vec<u8> = (0..blocks * kind.block_bytes())
            .map(|i| (i * 7 % 53) as u8)
            .collect();
        let dims = [cols, rows];
        let tensor = Tensor {
            dims: &dims,
            kind,
            bytes: &bytes,
        };
        let weight = Arena::pack(&pool, &[tensor], |_| ())?.remove(0);
        let mut x = Activations::default();
        x.fill(&pool, m, cols, |row, out| {
            for (i, x) in out.iter_mut().enumerate() {
                *x = (row + i * 13 % 101) as f32 - 50.0;
            }
        });
        let mut out = vec![0.0; m * rows];
        let mut best = f64::INFINITY;
        for _ in 0..9 {
            let start = Instant::now();
            let product = Product {
                weight: &weight,
                bias: None,
                out: &mut out,
            };
            matmul(&pool, &x, &mut [product]);
            best = best.min(start.elapsed().as_secs_f64());
        }
        *rate = match m {
            1 => weight.bytes() as f64 / best / 1e9,
            _ => (m * rows * cols) as f64 / best / 1e9,
        };
    }
    Ok(rates)
}

fn argmax(logits: &[f32]) -> u32 {
    let best = logits.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(id, _)| id as u32)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Decodes `tokens` greedy tokens of each sequence and returns tokens a second.
fn decode(
    model: &CausalModel,
    cache: &mut <CausalModel as CausalLm>::Cache,
    sequences: &[SeqId],
    mut last: Vec<u32>,
    tokens: usize,
) -> Result<f64> {
    let start = Instant::now();
    for _ in 0..tokens {
        let inputs: Vec<_> = sequences
            .iter()
            .zip(last.chunks_exact(1))
            .map(|(&seq, tokens)| SeqInput {
                seq,
                tokens,
                want: Want::Last,
            })
            .collect();
        let logits: Logits = model.forward(cache, &inputs)?;
        last = (0..logits.rows())
            .map(|row| argmax(logits.row(row)))
            .collect();
    }
    Ok((tokens * sequences.len()) as f64 / start.elapsed().as_secs_f64())
}

fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace()
        .next()?
        .parse::<u64>()
        .ok()
        .map(|kib| kib / 1024)
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|a| a != "--bench")
        .collect();
    let number = |index: usize, default: usize| {
        arguments
            .get(index)
            .map_or(Ok(default), |text| text.parse())
    };
    let threads = number(1, traghetto::device::default_threads())?;
    let (prompt, tokens) = (number(2, 512)?, number(3, 32)?);
    let mut report = serde_json::Map::new();
    let mut put = |key: &str, value: f64| {
        report.insert(key.into(), ((value * 1000.0).round() / 1000.0).into());
    };

    if let Some(path) = arguments.first() {
        model_rates(path, threads, (prompt, tokens), &mut put)?;
    } else {
        print_product_rates(threads)?;
    }
    put("read_gb_s", read_bandwidth(threads)? / 1e9);
    println!("{}", serde_json::Value::Object(report));
    Ok(())
}

/// Puts what a model in a GGUF file takes, and how fast it is for prompts and answers of so many tokens.
fn model_rates(
    path: &str,
    threads: usize,
    (prompt, tokens): (usize, usize),
    put: &mut dyn FnMut(&str, f64),
) -> Result<()> {
    let start = Instant::now();
    let model = CausalModel::load(&Gguf::open(path)?, threads)?;
    put("load_s", start.elapsed().as_secs_f64());
    let bytes = model.step_cost().map_or(0.0, |cost| cost.bytes as f64);
    put("weights_mib", bytes / 1048576.0);
    let ids: Vec<u32> = (0..prompt as u32).map(|i| 1000 + i * 37 % 9000).collect();
    let mut cache = model.new_cache()?;
    let mut prefill = Vec::new();
    let mut decoded = Vec::new();
    for _ in 0..3 {
        let seq = model.open(&mut cache, prompt + tokens, None)?;
        let start = Instant::now();
        let logits = model.forward(
            &mut cache,
            &[SeqInput {
                seq,
                tokens: &ids,
                want: Want::Last,
            }],
        )?;
        prefill.push(prompt as f64 / start.elapsed().as_secs_f64());
        let last = vec![argmax(logits.row(0))];
        decoded.push(decode(&model, &mut cache, &[seq], last, tokens)?);
        model.close(&mut cache, seq);
    }
    put("prefill_tok_s", median(prefill));
    let decoded = median(decoded);
    put("decode_tok_s", decoded);
    put("decode_gb_s", decoded * bytes / 1e9);
    let first = model.open(&mut cache, prompt + tokens, None)?;
    model.forward(
        &mut cache,
        &[SeqInput {
            seq: first,
            tokens: &ids,
            want: Want::None,
        }],
    )?;
    let mut batch = vec![first];
    for _ in 1..8 {
        batch.push(model.open(&mut cache, prompt + tokens, Some((first, prompt)))?);
    }
    let last = (0..8).map(|i| 2000 + i).collect();
    put(
        "batch8_tok_s",
        decode(&model, &mut cache, &batch, last, tokens)?,
    );
    if let Some(mib) = peak_mib() {
        put("peak_rss_mib", mib as f64);
    }
    Ok(())
}

/// Prints how fast products are, format by format.
fn print_product_rates(threads: usize) -> Result<()> {
    for kind in [
        TensorType::Q4_0,
        TensorType::Q4_1,
        TensorType::Q5_0,
        TensorType::Q8_0,
        TensorType::Q4_K,
        TensorType::Q5_K,
        TensorType::Q6_K,
    ] {
        let [memory, cache, eight, many] = product_rates(kind, threads)?;
        println!(
            "{kind:?}: {memory:.1} GB/s from memory, {cache:.1} from the cache; {eight:.0} and {many:.0} GMAC/s for \
             8 and 256 rows"
        );
    }
    Ok(())
}
