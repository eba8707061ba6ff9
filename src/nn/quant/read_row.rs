//! Single rows of packed weights as floats: embeddings where the output layer is tied to them.

use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

use super::format::{GROUP, PANEL, TensorType, by_format};
use super::pack::Packed;
use super::tile::{COLS, Tile};

impl Packed {
    /// Writes row `row`, as products see it, to `out`, which has the length of a row.
    ///
    /// # Panics
    /// If there is no such row or `out` has another length.
    pub fn read_row(&self, row: usize, out: &mut [f32]) {
        assert!(row < self.rows() && out.len() == self.cols());
        Isa::best().run(ReadRow {
            format: self.format,
            panel: self.panel(row / PANEL),
            row: row % PANEL,
            tile: &mut Tile::new(),
            out,
        });
    }
}

/// Unpacks a panel tile by tile and keeps one of its rows.
struct ReadRow<'a> {
    format: TensorType,
    panel: &'a [u8],
    row: usize,
    tile: &'a mut Tile,
    out: &'a mut [f32],
}

impl Kernel for ReadRow<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (half, lane) = (self.row / LANES, self.row % LANES);
        let tile_bytes = COLS / self.format.unit() * self.format.unit_bytes();
        let scale_columns = GROUP / self.format.split();
        for (units, out) in self.panel.chunks(tile_bytes).zip(self.out.chunks_mut(COLS)) {
            by_format!(self.format, F => self.tile.unpack::<S, F>(s, units));
            for (column, out) in out.iter_mut().enumerate() {
                let word = &self.tile.codes[column / GROUP][column % GROUP / 4][half];
                let code = f32::from(word[4 * lane + column % 4]);
                let scales = column / scale_columns;
                let offset = self.tile.offsets[scales][half][lane];
                *out = code.mul_add(self.tile.scales[scales][half][lane], offset);
            }
        }
    }
}
