//! The layout of packed weights.
//!
//! A *panel* is [`PANEL`] = 32 rows, two halves of sixteen. It is a sequence of *units*, each as many columns as a
//! block of the file's format has. A unit holds the fields of its 32 blocks, field by field:
//!
//! | field | bytes |
//! |---|---|
//! | `d`, the f16 scales | 64 |
//! | `m`, the f16 offsets (Q4_1, Q5_1) or super-offsets (Q4_K, Q5_K) | 64 |
//! | 8-bit group scales, 32 a group (Q4_K, Q5_K, Q6_K) | 32 × groups |
//! | 8-bit group offsets (Q4_K, Q5_K) | 32 × groups |
//! | high bits of the codes (Q5_x, Q6_K) | 128 × words |
//! | low bits, or all, of the codes | 128 × words |
//!
//! A *word* is four bytes of each row, the block's own bytes in the block's own order, so that word `w` of sixteen
//! rows is one vector whose lane `r` feeds a four-way dot product for row `r`. Only Q5_0 and Q5_1 have their 32 high
//! bits turned around: byte `j` of a row's word has in bit `q` the high bit of code `4q + j`.

/// A format that kernels know: one of the quantized types. Floats are packed as Q8_0.
pub(super) use crate::weights::gguf::TensorType;

/// Rows of a panel.
pub(super) const PANEL: usize = 32;

/// Columns of a scale group of the activations, and of most formats.
pub(super) const GROUP: usize = 32;

impl TensorType {
    /// The format that holds tensors of this type: its own, or Q8_0 for those that aren't quantized.
    pub(super) fn packed(self) -> Self {
        match self {
            Self::F32 | Self::F16 | Self::BF16 => Self::Q8_0,
            quantized => quantized,
        }
    }

    /// The format with a number that `as u8` gave: types can't have formats for parameters yet.
    pub(super) const fn numbered(number: u8) -> Self {
        Self::ALL[number as usize]
    }

    /// Whether codes take more than seven bits.
    pub(super) const fn wide(self) -> bool {
        matches!(self, Self::Q8_0)
    }

    /// Scale groups in 32 columns.
    pub(super) const fn split(self) -> usize {
        if matches!(self, Self::Q6_K) { 2 } else { 1 }
    }

    /// Columns of a unit: those of a block.
    pub(super) const fn unit(self) -> usize {
        self.block_len()
    }

    /// Whether a unit has an `m` field.
    pub(super) const fn has_offset(self) -> bool {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K)
    }

    /// Scale groups with 8-bit scales a unit.
    pub(super) const fn group_scales(self) -> usize {
        match self {
            Self::Q4_K | Self::Q5_K => 8,
            Self::Q6_K => 16,
            _ => 0,
        }
    }

    /// Scale groups with 8-bit offsets a unit.
    pub(super) const fn group_offsets(self) -> usize {
        match self {
            Self::Q4_K | Self::Q5_K => 8,
            _ => 0,
        }
    }

    /// Words of high bits a unit and row.
    pub(super) const fn high_words(self) -> usize {
        match self {
            Self::Q5_0 | Self::Q5_1 => 1,
            Self::Q5_K => 8,
            Self::Q6_K => 16,
            _ => 0,
        }
    }

    /// Words of low bits a unit and row.
    pub(super) const fn low_words(self) -> usize {
        match self {
            Self::Q8_0 => 8,
            _ => self.unit() / 8,
        }
    }

    /// Bytes of a unit of 32 rows.
    pub(super) const fn unit_bytes(self) -> usize {
        let halves = 1 + self.has_offset() as usize;
        let scales = self.group_scales() + self.group_offsets();
        let words = self.high_words() + self.low_words();
        2 * PANEL * halves + PANEL * scales + 4 * PANEL * words
    }
}

/// What `$run` gives with the constant `$number` for a format that is known only at run time.
macro_rules! by_format {
    ($format:expr, $number:ident => $run:expr) => {
        by_format!(@ $format, $number => $run; Q4_0 Q4_1 Q5_0 Q5_1 Q8_0 Q4_K Q5_K Q6_K)
    };
    (@ $format:expr, $number:ident => $run:expr; $($name:ident)+) => {
        match $format {
            $(TensorType::$name => {
                const $number: u8 = TensorType::$name as u8;
                $run
            })+
            TensorType::F32 | TensorType::F16 | TensorType::BF16 => unreachable!("floats are packed as Q8_0"),
        }
    };
}

pub(super) use by_format;
