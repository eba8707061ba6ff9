//! What a search needs from a row of logits, gathered while they are computed: the best few, some by name, and the
//! normaliser. The row itself, as wide as the vocabulary, is never stored.

use crate::nn::exp::fused;
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// What is wanted of a row.
#[derive(Debug, Clone, Copy)]
pub struct RowQuery<'a> {
    /// How many of the largest logits.
    pub top: usize,
    /// Whether the logarithm of the sum of exponentials is needed.
    pub log_sum: bool,
    /// Columns, ascending, whose logits are given by name and that don't count among the largest.
    pub hold: &'a [u32],
}

impl RowQuery<'_> {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.top == 0 && !self.log_sum && self.hold.is_empty()
    }
}

/// What a row has of it.
#[derive(Debug, Clone)]
pub struct RowSummary {
    /// Largest first; of equals the lower column first.
    top: Vec<(f32, u32)>,
    held: Vec<f32>,
    largest: f32,
    /// Sum of e to the power of each logit less `largest`.
    sum: f32,
}

impl RowSummary {
    /// What is known before any logit is seen.
    pub fn new(wish: &RowQuery<'_>) -> Self {
        Self {
            top: Vec::with_capacity(wish.top + 1),
            held: vec![f32::NEG_INFINITY; wish.hold.len()],
            largest: f32::NEG_INFINITY,
            sum: 0.0,
        }
    }

    /// The largest logits with their columns, largest first, of equals the lower column first; fewer than wished for
    /// where there are no more.
    pub fn top(&self) -> &[(f32, u32)] {
        &self.top
    }

    /// The logits of the columns of [`RowQuery::hold`], in its order.
    pub fn held(&self) -> &[f32] {
        &self.held
    }

    /// The logarithm of the sum of exponentials of all logits: a logit less this is a log-probability.
    pub fn log_sum(&self) -> f32 {
        self.largest + self.sum.ln()
    }

    /// Takes in the logits of columns `first..`; they are used up.
    #[inline(always)]
    fn see<S: Simd>(&mut self, s: S, wish: &RowQuery<'_>, first: u32, logits: &mut [f32]) {
        let end = first + logits.len() as u32;
        if wish.log_sum {
            let (largest, sum) = exponentials(s, logits, self.largest);
            if largest > self.largest {
                self.sum *= (self.largest - largest).exp();
                self.largest = largest;
            }
            self.sum += sum;
        }
        if let (Some(&low), Some(&high)) = (wish.hold.first(), wish.hold.last())
            && low < end
            && high >= first
        {
            let from = wish.hold.partition_point(|&column| column < first);
            let to = wish.hold.partition_point(|&column| column < end);
            for (held, &column) in self.held[from..to].iter_mut().zip(&wish.hold[from..to]) {
                let logit = &mut logits[(column - first) as usize];
                *held = std::mem::replace(logit, f32::NEG_INFINITY);
            }
        }
        let mut bar = match self.top.len() < wish.top {
            true => f32::NEG_INFINITY,
            false => self.top.last().map_or(f32::INFINITY, |last| last.0),
        };
        // Four vectors at a time: most hold nothing.
        for (at, four) in (0..).step_by(4 * LANES).zip(logits.chunks(4 * LANES)) {
            if let Some(four) = four.as_chunks::<LANES>().0.as_array::<4>() {
                let low = s.max(s.load(&four[0]), s.load(&four[1]));
                let high = s.max(s.load(&four[2]), s.load(&four[3]));
                if s.max_lane(s.max(low, high)) <= bar {
                    continue;
                }
            }
            for (column, &logit) in (first + at..).zip(four) {
                if logit > bar {
                    bar = self.offer(wish.top, logit, column);
                }
            }
        }
    }

    /// Puts a logit in its place if it is among the `top` largest, and returns what the next one must exceed.
    #[inline]
    fn offer(&mut self, top: usize, logit: f32, column: u32) -> f32 {
        let at = self
            .top
            .partition_point(|&(other, at)| other > logit || (other == logit && at < column));
        if at < top && logit > f32::NEG_INFINITY {
            self.top.truncate(top - 1);
            self.top.insert(at, (logit, column));
        }
        match self.top.last() {
            Some(&(last, _)) if self.top.len() == top => last,
            _ if top == 0 => f32::INFINITY,
            _ => f32::NEG_INFINITY,
        }
    }

    /// Takes in what another part of the row has.
    pub(super) fn merge(&mut self, other: Self, wish: &RowQuery<'_>) {
        for (logit, column) in other.top {
            self.offer(wish.top, logit, column);
        }
        for (held, other) in self.held.iter_mut().zip(other.held) {
            *held = held.max(other);
        }
        let (small, large) = match self.largest < other.largest {
            true => ((self.largest, self.sum), (other.largest, other.sum)),
            false => ((other.largest, other.sum), (self.largest, self.sum)),
        };
        self.largest = large.0;
        self.sum = large.1
            + if small.1 > 0.0 {
                small.1 * (small.0 - large.0).exp()
            } else {
                0.0
            };
    }
}

/// What a whole row of logits has of a wish; the row is used up.
pub fn pick_row(isa: Isa, wish: &RowQuery<'_>, logits: &mut [f32]) -> RowSummary {
    let mut pick = RowSummary::new(wish);
    let (picks, wishes) = (std::slice::from_mut(&mut pick), std::slice::from_ref(wish));
    pick_columns(isa, picks, wishes, 0, logits);
    pick
}

/// Shows a few columns of several rows, from column `first` on, to their picks, one a row as there is one wish a row;
/// the logits are used up.
pub fn pick_columns(
    isa: Isa,
    picks: &mut [RowSummary],
    wishes: &[RowQuery<'_>],
    first: u32,
    logits: &mut [f32],
) {
    let columns = logits.len().checked_div(picks.len()).unwrap_or(0);
    isa.run(Observe {
        picks,
        wishes,
        first,
        columns,
        stride: columns.max(1),
        logits,
    });
}

/// Shows a few columns of several rows to their picks.
pub(super) struct Observe<'a, 'w> {
    pub picks: &'a mut [RowSummary],
    /// One a pick.
    pub wishes: &'a [RowQuery<'w>],
    /// The first of the columns.
    pub first: u32,
    pub columns: usize,
    /// Logits from one row to the next.
    pub stride: usize,
    /// A row a pick; used up.
    pub logits: &'a mut [f32],
}

impl Kernel for Observe<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let rows = self.logits.chunks_mut(self.stride);
        for ((pick, wish), row) in self.picks.iter_mut().zip(self.wishes).zip(rows) {
            pick.see(s, wish, self.first, &mut row[..self.columns]);
        }
    }
}

/// The largest of the logits and `largest`, and the sum of exponentials of the logits less that.
#[inline(always)]
fn exponentials<S: Simd>(s: S, logits: &[f32], largest: f32) -> (f32, f32) {
    let (lines, rest) = logits.as_chunks::<LANES>();
    let mut top = s.splat(largest);
    for line in lines {
        top = s.max(top, s.load(line));
    }
    let largest = rest
        .iter()
        .fold(s.max_lane(top), |largest, &x| largest.max(x));
    if largest == f32::NEG_INFINITY {
        return (largest, 0.0);
    }
    let shift = s.splat(largest);
    let mut sum = s.splat(0.0);
    for line in lines {
        sum = s.add(sum, fused(s, s.sub(s.load(line), shift)));
    }
    let rest: f32 = rest.iter().map(|x| (x - largest).exp()).sum();
    (largest, s.sum(sum) + rest)
}
