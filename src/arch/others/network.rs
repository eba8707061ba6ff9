//! A network as this room calls it.

use candle_core::Tensor;

/// A network of `candle-transformers` with its keys and values.
pub(super) trait Network: Send + Sync {
    /// Reads `[1, tokens]` after `offset` others and gives the logits of the last, `[…, vocabulary]`.
    fn forward(&mut self, tokens: &Tensor, offset: usize) -> candle_core::Result<Tensor>;

    /// The same weights without keys and values. Only asked of one that has none yet.
    fn fresh(&self) -> Box<dyn Network>;
}

/// A network of any type, with its own way of being called.
pub(super) struct Called<M> {
    pub model: M,
    pub forward: fn(&mut M, &Tensor, usize) -> candle_core::Result<Tensor>,
}

impl<M: Clone + Send + Sync + 'static> Network for Called<M> {
    fn forward(&mut self, tokens: &Tensor, offset: usize) -> candle_core::Result<Tensor> {
        (self.forward)(&mut self.model, tokens, offset)
    }

    fn fresh(&self) -> Box<dyn Network> {
        Box::new(Self {
            model: self.model.clone(),
            forward: self.forward,
        })
    }
}
