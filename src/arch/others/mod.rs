//! The architectures that run on `candle-transformers`: slower than our own kernels and mostly with floats in memory, but
//! many.
//! One sequence after the other; what two prompts have in common is read twice.

mod config;
mod gguf;
mod lfm2;
mod network;
mod table;
mod weights;

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use candle_core::{DType, Device, Tensor};

use crate::decode::{CausalLm, Logits, SeqId, SeqInput, Want};
use crate::error::{Error, ErrorKind, Result};
use crate::weights::checkpoint::Checkpoint;
use crate::weights::gguf::Gguf;

use config::Plain;
use gguf::Quantized;
use network::Network;
use weights::Weights;

/// Reads a `config.json`, for which no weights need to be there.
///
/// # Errors
/// As for [`OtherModel::load`].
pub fn check_config(config: &Path) -> Result<()> {
    Plain::read(config, table::has).map(drop)
}

/// A decoder-only model that `candle-transformers` runs, on the CPU or on a GPU.
pub struct OtherModel {
    /// Without keys and values.
    network: Mutex<Box<dyn Network>>,
    device: Device,
    vocab: usize,
    context: usize,
}

/// The sequences of an [`OtherModel`].
#[derive(Default)]
pub struct OtherCache(Vec<Option<Sequence>>);

struct Sequence {
    network: Box<dyn Network>,
    /// What was said so far; `read` of them are in the network.
    tokens: Vec<u32>,
    read: usize,
    capacity: usize,
}

impl OtherModel {
    /// Reads a model in the Hub's layout: floats of 32 bits on the CPU, of 16 (bfloat16) elsewhere.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if a file can't be read; [`ErrorKind::Model`] if the architecture, or a way of its, isn't known,
    /// or the tensors aren't those that the configuration asks for.
    pub fn load(
        config: &Path,
        files: &[PathBuf],
        index: Option<&Path>,
        device: &Device,
    ) -> Result<Self> {
        let plain = Plain::read(config, table::has)?;
        let checkpoint = Checkpoint::open_files(files)?;
        if let Some(index) = index {
            checkpoint.agrees_with(index, files)?;
        }
        let dtype = match device {
            Device::Cpu => DType::F32,
            _ => DType::BF16,
        };
        let path = checkpoint.path().display().to_string();
        let weights = Weights::new(checkpoint);
        let network = table::build(&plain, weights.builder(dtype, device)).map_err(|error| {
            let why = format!(
                "{path}: the {} model can't be built: {error}",
                plain.architecture
            );
            Error::new(ErrorKind::Model, why).with_hint(
                "the weights don't belong to the config.json beside them, or are damaged",
            )
        })?;
        weights.check_all_read(plain.tied).map_err(|unread| {
            let why = format!(
                "{path}: the tensor \"{unread}\" is not one that the {} models here have",
                plain.architecture
            );
            Error::new(ErrorKind::Model, why)
        })?;
        Ok(Self {
            network: Mutex::new(network),
            device: device.clone(),
            vocab: plain.vocab,
            context: plain.context,
        })
    }

    /// Reads a GGUF file; its matrices stay as they are.
    ///
    /// # Errors
    /// As for [`OtherModel::load`].
    pub fn load_gguf(gguf: &Gguf, device: &Device) -> Result<Self> {
        let Quantized {
            network,
            vocab,
            context,
        } = Quantized::read(gguf, device)?;
        Ok(Self {
            network: Mutex::new(network),
            device: device.clone(),
            vocab,
            context,
        })
    }

    fn fresh(&self) -> Result<Box<dyn Network>> {
        let network = self
            .network
            .lock()
            .map_err(|_poisoned| Error::new(ErrorKind::Inference, "the model failed before"))?;
        Ok(network.fresh())
    }

    /// Reads tokens after those that a sequence has read; gives the logits of the last.
    fn read(&self, sequence: &mut Sequence, upto: usize) -> Result<Vec<f32>> {
        let tokens = &sequence.tokens[sequence.read..upto];
        let input = Tensor::new(tokens, &self.device)?.unsqueeze(0)?;
        let logits = sequence.network.forward(&input, sequence.read)?;
        sequence.read = upto;
        let logits = logits.flatten_all()?.to_dtype(DType::F32)?.to_vec1()?;
        match logits.len() == self.vocab {
            true => Ok(logits),
            false => Err(Error::new(
                ErrorKind::Inference,
                format!("{} logits of {} tokens", logits.len(), self.vocab),
            )),
        }
    }

    /// Takes in new tokens, and reads what is needed for the logits that are wanted.
    fn step(
        &self,
        sequence: &mut Sequence,
        input: &SeqInput<'_>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        let known = sequence.tokens.len();
        sequence.tokens.extend_from_slice(input.tokens);
        let wanted = match input.want {
            Want::None => return Ok(()),
            Want::Last => sequence.tokens.len() - 1,
            Want::All => known,
        };
        // What stands before the first that is wanted goes in at once, if nothing was read before: not every network
        // masks many tokens after others rightly.
        if sequence.read == 0 && wanted > 0 {
            let logits = self.read(sequence, wanted + 1)?;
            out.extend(logits);
        }
        while sequence.read < sequence.tokens.len() {
            let at = sequence.read;
            let logits = self.read(sequence, at + 1)?;
            if at >= wanted {
                out.extend(logits);
            }
        }
        Ok(())
    }
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::Inference, what)
}

impl OtherCache {
    fn get(&mut self, seq: SeqId) -> Result<&mut Sequence> {
        let sequence = self.0.get_mut(seq.0).and_then(Option::as_mut);
        sequence.ok_or_else(|| wrong(format!("sequence {} is not open", seq.0)))
    }

    /// Checks an input without changing anything.
    fn check(&mut self, input: &SeqInput<'_>, vocab: usize) -> Result<()> {
        let seq = input.seq.0;
        let sequence = self.get(input.seq)?;
        if input.tokens.is_empty() {
            return Err(wrong(format!("sequence {seq} has no new tokens")));
        }
        if input.tokens.len() > sequence.capacity - sequence.tokens.len() {
            return Err(wrong(format!(
                "{} tokens don't fit into sequence {seq}: {} of {} positions are taken",
                input.tokens.len(),
                sequence.tokens.len(),
                sequence.capacity
            )));
        }
        match input.tokens.iter().find(|token| **token as usize >= vocab) {
            Some(token) => Err(wrong(format!("token {token} is outside the vocabulary"))),
            None => Ok(()),
        }
    }
}

impl CausalLm for OtherModel {
    type Cache = OtherCache;

    fn vocab_size(&self) -> usize {
        self.vocab
    }

    fn max_positions(&self) -> usize {
        self.context
    }

    fn new_cache(&self) -> Result<OtherCache> {
        Ok(OtherCache::default())
    }

    fn open(
        &self,
        cache: &mut OtherCache,
        capacity: usize,
        prefix: Option<(SeqId, usize)>,
    ) -> Result<SeqId> {
        let tokens = match prefix {
            None => Vec::new(),
            Some((from, len)) => {
                let from = &cache.get(from)?.tokens;
                if len > from.len() || len > capacity {
                    return Err(wrong(format!(
                        "a prefix of {len} positions can't be had from {} for a capacity of {capacity}",
                        from.len()
                    )));
                }
                from[..len].to_vec()
            }
        };
        let sequence = Some(Sequence {
            network: self.fresh()?,
            tokens,
            read: 0,
            capacity,
        });
        let free = cache.0.iter().position(Option::is_none);
        Ok(SeqId(match free {
            Some(index) => {
                cache.0[index] = sequence;
                index
            }
            None => {
                cache.0.push(sequence);
                cache.0.len() - 1
            }
        }))
    }

    fn truncate(&self, cache: &mut OtherCache, seq: SeqId, len: usize) {
        let Ok(sequence) = cache.get(seq) else {
            return;
        };
        sequence.tokens.truncate(len);
        // What is in a network can't be taken back, but it can be read again.
        if sequence.read > len
            && let Ok(network) = self.fresh()
        {
            sequence.network = network;
            sequence.read = 0;
        }
    }

    fn close(&self, cache: &mut OtherCache, seq: SeqId) {
        if let Some(slot) = cache.0.get_mut(seq.0) {
            *slot = None;
        }
    }

    fn forward(&self, cache: &mut OtherCache, inputs: &[SeqInput<'_>]) -> Result<Logits> {
        for (index, input) in inputs.iter().enumerate() {
            cache.check(input, self.vocab)?;
            if inputs[..index].iter().any(|other| other.seq == input.seq) {
                let seq = input.seq.0;
                return Err(wrong(format!("sequence {seq} appears twice in one call")));
            }
        }
        let mut logits = Logits {
            data: Vec::new(),
            width: self.vocab,
        };
        for input in inputs {
            self.step(cache.get(input.seq)?, input, &mut logits.data)?;
        }
        Ok(logits)
    }
}
