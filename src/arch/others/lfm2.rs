//! LFM2: layers of attention and of short convolutions.

use std::sync::Arc;

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::lfm2::{Cache, Lfm2Config, Model};

use super::config::Plain;
use super::network::Network;

/// The network, and what it keeps of the tokens that it has read.
pub(super) struct Lfm2 {
    model: Arc<Model>,
    cache: Cache,
}

impl Lfm2 {
    pub(super) fn new(config: &Plain, weights: VarBuilder<'static>) -> Result<Self> {
        let (dtype, device) = (weights.dtype(), weights.device().clone());
        let config = config.of::<Lfm2Config>()?.into_config(false);
        Ok(Self {
            cache: Cache::new(true, dtype, &config, &device)?,
            model: Arc::new(Model::new(&config, weights)?),
        })
    }
}

impl Network for Lfm2 {
    fn forward(&mut self, tokens: &Tensor, offset: usize) -> Result<Tensor> {
        if offset == 0 {
            return self.model.forward(tokens, 0, &mut self.cache);
        }
        // Its convolutions forget what came before when they read several tokens at once.
        let mut logits = None;
        for at in 0..tokens.dim(1)? {
            let token = tokens.narrow(1, at, 1)?;
            logits = Some(self.model.forward(&token, offset + at, &mut self.cache)?);
        }
        logits.ok_or_else(|| candle_core::Error::Msg("no token was read".to_owned()))
    }

    fn fresh(&self) -> Box<dyn Network> {
        Box::new(Self {
            model: Arc::clone(&self.model),
            cache: self.cache.clone(),
        })
    }
}
