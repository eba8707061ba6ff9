//! The memory of packed weights: one anonymous mapping for many matrices, on huge pages where the system has them. A
//! matrix of a student is smaller than such a page; of small pages there are three thousand, and to get them takes a third
//! of the time in which a student loads.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use memmap2::{MmapMut, MmapRaw};

/// Columns of a panel: as many 32-bit sums as one 512-bit register holds.
pub(super) const PANEL: usize = 16;
/// Values of `k` that meet in one 32-bit sum at a time.
pub(super) const QUAD: usize = 4;

/// Four values of `k` for each of a panel's columns: one 512-bit register, `[column][k]`.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Block(pub(super) [i8; PANEL * QUAD]);

/// Bytes that are mapped at a time; memory is used only once it is written to.
const MAPPED: usize = 16 << 20;

/// What is mapped at present, and how many bytes of it are taken.
static CURRENT: Mutex<(Weak<MmapRaw>, usize)> = Mutex::new((Weak::new(), 0));

/// Blocks of weights, written once.
pub(super) struct Blocks {
    /// Keeps what `start` points at; shared with other matrices.
    memory: Memory,
    start: *const Block,
    len: usize,
}

enum Memory {
    Mapped(Arc<MmapRaw>),
    Own(Vec<Block>),
}

// SAFETY: what `start` points at is written only in `Blocks::new`, before anyone else has it, and is kept by `memory`,
// which may itself be shared and sent.
unsafe impl Send for Blocks {}
// SAFETY: as above.
unsafe impl Sync for Blocks {}

impl Blocks {
    /// `len` blocks, which are zero when `fill` gets them.
    pub(super) fn new(len: usize, fill: impl FnOnce(&mut [Block])) -> Self {
        let Some((map, offset)) = take(len * size_of::<Block>()) else {
            let mut own = vec![Block([0; size_of::<Block>()]); len];
            fill(&mut own);
            return Self {
                start: own.as_ptr(),
                memory: Memory::Own(own),
                len,
            };
        };
        // SAFETY: `take` gives a range inside of the mapping.
        let start = unsafe { map.as_mut_ptr().add(offset) }.cast::<Block>();
        // SAFETY: `take` gives each range once, so nobody else has this one; it is as long as asked for, aligned to a
        // block, as mappings are to pages and all ranges are whole blocks, and zero, which is a valid block.
        fill(unsafe { std::slice::from_raw_parts_mut(start, len) });
        Self {
            memory: Memory::Mapped(map),
            start,
            len,
        }
    }
}

impl Deref for Blocks {
    type Target = [Block];

    fn deref(&self) -> &[Block] {
        // SAFETY: `start` points at `len` blocks that `memory` keeps and nobody writes to any more.
        unsafe { std::slice::from_raw_parts(self.start, self.len) }
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = match &self.memory {
            Memory::Mapped(map) => map.len(),
            Memory::Own(own) => size_of_val(&own[..]),
        };
        f.debug_struct("Blocks")
            .field("len", &self.len)
            .field("kept", &kept)
            .finish_non_exhaustive()
    }
}

/// A range of zero bytes that nobody else has, as the mapping and where in it the range starts; none where the system
/// maps no memory. Lengths must be whole blocks.
fn take(bytes: usize) -> Option<(Arc<MmapRaw>, usize)> {
    let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(map) = current.0.upgrade()
        && map.len() - current.1 >= bytes
    {
        let offset = current.1;
        current.1 += bytes;
        return Some((map, offset));
    }
    let map = MmapMut::map_anon(bytes.max(MAPPED)).ok()?;
    #[cfg(target_os = "linux")]
    if let Err(_without_huge_pages) = map.advise(memmap2::Advice::HugePage) {
        // The kernel was built without them: slower, not wrong.
    }
    let map = Arc::new(MmapRaw::from(map));
    *current = (Arc::downgrade(&map), bytes);
    Some((map, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_matrix_has_blocks_of_its_own_however_many() {
        let many = MAPPED / size_of::<Block>() + 1;
        let lens = [3, many, 0, 5];
        let block = |value| Block([value; size_of::<Block>()]);
        let filled: Vec<Blocks> = (1..)
            .zip(lens)
            .map(|(value, len)| {
                Blocks::new(len, |blocks| {
                    assert!(blocks.iter().all(|found| found.0 == block(0).0));
                    blocks.fill(block(value));
                })
            })
            .collect();
        for (value, (blocks, len)) in (1..).zip(filled.iter().zip(lens)) {
            assert_eq!(blocks.len(), len);
            assert!(blocks.iter().all(|found| found.0 == block(value).0));
        }
    }
}
