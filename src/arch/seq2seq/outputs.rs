//! What a model says of sources besides the texts that a search finds.

use super::Transformer;
use super::state::Buffers;
use crate::decode::Seq2Seq;
use crate::error::{Error, ErrorKind, Result};

impl Transformer {
    /// The encoder's output for `sources`, one after the other: `[tokens, width]`.
    ///
    /// # Errors
    /// [`ErrorKind::Inference`] if a token is outside the vocabulary or a source longer than the positions.
    pub fn encoder_output(&self, sources: &[&[u32]]) -> Result<Vec<f32>> {
        let mut buffers = Buffers::default();
        self.encode_into(sources, &mut buffers, &mut |_| {})?;
        Ok(buffers.x)
    }

    /// Shows `each` what goes into the first layer of the encoder for one source, and what comes out of each layer:
    /// `[tokens, width]`.
    ///
    /// # Errors
    /// As for [`Transformer::encoder_output`].
    pub fn encoder_layers(&self, source: &[u32], each: &mut dyn FnMut(&[f32])) -> Result<()> {
        self.encode_into(&[source], &mut Buffers::default(), each)
    }

    /// For each source, the logit of `token` in the decoder's first step, which starts with `start`.
    ///
    /// # Errors
    /// As for [`Transformer::encoder_output`]; [`ErrorKind::Inference`] if `token` is outside the vocabulary.
    pub fn first_logits(&self, sources: &[&[u32]], start: u32, token: u32) -> Result<Vec<f32>> {
        if token as usize >= self.head.n() {
            let message = format!(
                "token {token} is outside the vocabulary of {}",
                self.head.n()
            );
            return Err(Error::new(ErrorKind::Inference, message));
        }
        let mut state = self.encode(sources)?;
        self.decode(&mut state, &vec![start; sources.len()])?;
        let mut column = vec![0.0; self.shape.width];
        self.head.column(token as usize, 1.0, &mut column);
        let rows = state.buffers.x.chunks_exact(self.shape.width);
        Ok(rows
            .map(|row| row.iter().zip(&column).map(|(x, w)| x * w).sum())
            .collect())
    }
}
