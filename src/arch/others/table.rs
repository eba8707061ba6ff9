//! Which architecture is built by which of `candle-transformers`' constructors. Left out are those whose results are not
//! the reference's (Granite lacks its multipliers; Gemma 4, in 0.11.1, the embeddings of each layer, layers that share keys
//! and values, the layers' scalars) or that can't be copied without their keys and values (StableLM, LFM2 from GGUF).

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models as m;

use crate::weights::{Architecture, Architecture as A};

use super::config::Plain;
use super::lfm2::Lfm2;
use super::network::{Called, Network};

type Build = fn(&Plain, VarBuilder<'static>) -> Result<Box<dyn Network>>;

/// An architecture more is one row more.
const TABLE: &[(Architecture, Build)] = &[
    (A::Gemma, |config, weights| {
        let model = m::gemma::Model::new(false, &config.of()?, weights)?;
        called(model, m::gemma::Model::forward)
    }),
    (A::Gemma2, |config, weights| {
        let model = m::gemma2::Model::new(false, &config.of()?, weights)?;
        called(model, m::gemma2::Model::forward)
    }),
    (A::Glm4, |config, weights| {
        let model = m::glm4_new::ModelForCausalLM::new(&config.of()?, weights)?;
        called(model, m::glm4_new::ModelForCausalLM::forward)
    }),
    (A::Helium, |config, weights| {
        let model = m::helium::Model::new(&config.of()?, weights)?;
        called(model, m::helium::Model::forward)
    }),
    (A::Lfm2, |config, weights| {
        Ok(Box::new(Lfm2::new(config, weights)?))
    }),
    (A::Mixtral, |config, weights| {
        let model = m::mixtral::Model::new(&config.of()?, weights)?;
        called(model, m::mixtral::Model::forward)
    }),
    (A::Olmo, |config, weights| {
        let model = m::olmo::Model::new(&config.of()?, weights)?;
        called(model, m::olmo::Model::forward)
    }),
    (A::Olmo2, |config, weights| {
        let model = m::olmo2::Model::new(&config.of()?, weights)?;
        called(model, m::olmo2::Model::forward)
    }),
    (A::Phi, |config, weights| {
        let model = m::phi::Model::new(&config.of()?, weights)?;
        called(model, |model, tokens, _| model.forward(tokens))
    }),
    (A::Phi3, |config, weights| {
        let model = m::phi3::Model::new(&config.of()?, weights)?;
        called(model, m::phi3::Model::forward)
    }),
    (A::Qwen2Moe, |config, weights| {
        let model = m::qwen2_moe::Model::new(&config.of()?, weights)?;
        called(model, m::qwen2_moe::Model::forward)
    }),
    (A::Qwen3Moe, |config, weights| {
        let model = m::qwen3_moe::ModelForCausalLM::new(&config.of()?, weights)?;
        called(model, m::qwen3_moe::ModelForCausalLM::forward)
    }),
    (A::Starcoder2, |config, weights| {
        let model = m::starcoder2::Model::new(&config.of()?, weights)?;
        called(model, m::starcoder2::Model::forward)
    }),
];

fn called<M: Clone + Send + Sync + 'static>(
    model: M,
    forward: fn(&mut M, &Tensor, usize) -> Result<Tensor>,
) -> Result<Box<dyn Network>> {
    Ok(Box::new(Called { model, forward }))
}

/// Whether an architecture is in the table.
pub(super) fn has(architecture: Architecture) -> bool {
    TABLE.iter().any(|(own, _)| *own == architecture)
}

/// Builds the network that a configuration names.
pub(super) fn build(config: &Plain, weights: VarBuilder<'static>) -> Result<Box<dyn Network>> {
    let row = TABLE.iter().find(|(own, _)| *own == config.architecture);
    let (_, build) = row.ok_or_else(|| {
        candle_core::Error::msg(format!("{} is not in the table", config.architecture))
    })?;
    build(config, weights)
}
