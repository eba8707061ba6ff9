//! What a search needs from a row of logits, gathered while they are computed: the best few, some by name, and the
//! normaliser. The row itself, as wide as the vocabulary, is never stored.

use crate::nn::simd::{Isa, Kernel, LANES, Simd};

/// What is wanted of a row.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// How many of the largest logits.
    pub top: usize,
    /// Whether the logarithm of the sum of exponentials is needed.
    pub log_sum: bool,
    /// Columns, ascending, whose logits are given by name and that don't count among the largest.
    pub hold: &'a [u32],
}

impl Wish<'_> {
    /// Whether nothing is wanted.
    pub fn is_empty(&self) -> bool {
        self.top == 0 && !self.log_sum && self.hold.is_empty()
    }
}

/// What a row has of it.
#[derive(Debug, Clone)]
pub struct Pick {
    /// Largest first; of equals the lower column first.
    top: Vec<(f32, u32)>,
    held: Vec<f32>,
    largest: f32,
    /// Sum of e to the power of each logit less `largest`.
    sum: f32,
}

impl Pick {
    /// What is known before any logit is seen.
    pub fn new(wish: &Wish<'_>) -> Self {
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

    /// The logits of the columns of [`Wish::hold`], in its order.
    pub fn held(&self) -> &[f32] {
        &self.held
    }

    /// The logarithm of the sum of exponentials of all logits: a logit less this is a log-probability.
    pub fn log_sum(&self) -> f32 {
        self.largest + self.sum.ln()
    }

    /// Takes in the logits of columns `first..`; they are used up.
    pub(super) fn see(&mut self, isa: Isa, wish: &Wish<'_>, first: u32, logits: &mut [f32]) {
        let end = first + logits.len() as u32;
        if wish.log_sum {
            self.add_exponentials(isa, logits);
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
        let bar = match self.top.len() < wish.top {
            true => f32::NEG_INFINITY,
            false => self.top.last().map_or(f32::INFINITY, |last| last.0),
        };
        isa.run(Scan {
            logits,
            bar,
            found: |column, logit| self.offer(wish.top, logit, first + column),
        });
    }

    fn add_exponentials(&mut self, isa: Isa, logits: &[f32]) {
        let (largest, sum) = isa.run(Exponentials {
            logits,
            largest: self.largest,
        });
        if largest > self.largest {
            self.sum *= (self.largest - largest).exp();
            self.largest = largest;
        }
        self.sum += sum;
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
    pub(super) fn merge(&mut self, other: Self, wish: &Wish<'_>) {
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
pub fn pick_row(isa: Isa, wish: &Wish<'_>, logits: &mut [f32]) -> Pick {
    let mut pick = Pick::new(wish);
    pick.see(isa, wish, 0, logits);
    pick
}

/// Finds logits above a bar, which `found` raises.
struct Scan<'a, F> {
    logits: &'a [f32],
    bar: f32,
    found: F,
}

impl<F: FnMut(u32, f32) -> f32> Kernel for Scan<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (lines, rest) = self.logits.as_chunks::<LANES>();
        let mut check = |at: usize, values: &[f32], bar: &mut f32| {
            for (lane, &logit) in values.iter().enumerate() {
                if logit > *bar {
                    *bar = (self.found)((at + lane) as u32, logit);
                }
            }
        };
        // Four vectors at a time: most hold nothing.
        let (fours, lines_rest) = lines.as_chunks::<4>();
        for (at, four) in fours.iter().enumerate() {
            let [a, b, c, d] = four.each_ref().map(|line| s.load(line));
            if s.max_lane(s.max(s.max(a, b), s.max(c, d))) > self.bar {
                check(at * 4 * LANES, four.as_flattened(), &mut self.bar);
            }
        }
        let at = fours.len() * 4 * LANES;
        check(at, lines_rest.as_flattened(), &mut self.bar);
        check(lines.len() * LANES, rest, &mut self.bar);
    }
}

/// The largest of the logits and `largest`, and the sum of exponentials of the logits less that.
struct Exponentials<'a> {
    logits: &'a [f32],
    largest: f32,
}

impl Kernel for Exponentials<'_> {
    type Output = (f32, f32);

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> (f32, f32) {
        let (lines, rest) = self.logits.as_chunks::<LANES>();
        let mut largest = s.splat(self.largest);
        for line in lines {
            largest = s.max(largest, s.load(line));
        }
        let largest = rest
            .iter()
            .fold(s.max_lane(largest), |largest, &x| largest.max(x));
        if largest == f32::NEG_INFINITY {
            return (largest, 0.0);
        }
        let shift = s.splat(largest);
        let mut sum = s.splat(0.0);
        for line in lines {
            sum = s.add(sum, s.exp(s.sub(s.load(line), shift)));
        }
        let rest: f32 = rest.iter().map(|x| (x - largest).exp()).sum();
        (largest, s.sum(sum) + rest)
    }
}
