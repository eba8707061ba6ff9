//! Rotations of positions as a `config.json` writes them down: `rope_theta` with `rope_scaling`, or `rope_parameters`, for
//! all layers alike or a set a kind of layer (`modeling_rope_utils.py` of `transformers`).

use std::f64::consts::TAU;

use crate::error::Result;
use crate::weights::Architecture;

use super::config::Rope;
use super::hub_json::Json;

/// The rotations of a model.
pub(super) struct Ropes {
    pub global: Rope,
    /// Of layers with a sliding window.
    pub local: Rope,
    /// Divisors of the frequencies of the global one, `[rotated / 2]`.
    pub factors: Option<Vec<f32>>,
}

impl Ropes {
    /// Reads the rotations of `rotated` values a head.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Model`] if positions are scaled in a way that isn't known, which is named.
    pub(super) fn read(json: Json<'_>, family: Architecture, rotated: usize) -> Result<Self> {
        let gemma = family == Architecture::Gemma3;
        let usual = if gemma { 1e6 } else { 1e4 };
        let theta = json.float_or("rope_theta", usual)?;
        let parameters = json.object("rope_parameters");
        let kinds = ["full_attention", "sliding_attention"];
        let [global, local] = kinds.map(|kind| parameters.and_then(|all| all.object(kind)));
        let scaling = global
            .or(parameters.filter(|_| local.is_none()))
            .or_else(|| json.object("rope_scaling"));
        let (global, factors) = match scaling {
            Some(scaling) => rope(scaling, theta, family, rotated)?,
            None => (plain(theta), None),
        };
        let local = match local {
            Some(scaling) => rope(scaling, 1e4, family, rotated)?.0,
            None if gemma => plain(json.float_or("rope_local_base_freq", 1e4)?),
            None => global,
        };
        Ok(Self {
            global,
            local,
            factors,
        })
    }
}

fn plain(base: f64) -> Rope {
    Rope {
        base: base as f32,
        scale: 1.0,
    }
}

/// One rotation, with divisors of its frequencies.
fn rope(
    json: Json<'_>,
    theta: f64,
    family: Architecture,
    rotated: usize,
) -> Result<(Rope, Option<Vec<f32>>)> {
    let theta = json.float_or("rope_theta", theta)?;
    let kind = json.text("rope_type").or_else(|| json.text("type"));
    let rope = plain(theta);
    match kind.unwrap_or("default") {
        "default" => Ok((rope, None)),
        "linear" => {
            let scale = json.float("factor")? as f32;
            Ok((Rope { scale, ..rope }, None))
        }
        "llama3" => Ok((rope, Some(llama3(json, theta, rotated)?))),
        // Of its family alone: the base grows once and for all.
        "dynamic" if family == Architecture::HunyuanDense => {
            let alpha = json.float_or("alpha", 1.0)?;
            let width = rotated as f64;
            let base = theta * alpha.powf(width / (width - 2.0));
            Ok((plain(base), None))
        }
        other => Err(json
            .wrong(&format!(
                "positions are scaled by the rope type \"{other}\", which is not supported"
            ))
            .with_hint("known types: default, linear, llama3")),
    }
}

/// Llama 3.1 slows the pairs that turn slowly anyway, and leaves those that turn fast.
fn llama3(json: Json<'_>, theta: f64, rotated: usize) -> Result<Vec<f32>> {
    let factor = json.float("factor")?;
    let (low, high) = (
        json.float("low_freq_factor")?,
        json.float("high_freq_factor")?,
    );
    let trained = json.float("original_max_position_embeddings")?;
    let divisor = |pair: usize| {
        let frequency = theta.powf(-2.0 * pair as f64 / rotated as f64);
        let turns = trained * frequency / TAU;
        let smooth = ((turns - low) / (high - low)).clamp(0.0, 1.0);
        (1.0 / ((1.0 - smooth) / factor + smooth)) as f32
    };
    Ok((0..rotated / 2).map(divisor).collect())
}
