//! What speaks for it that sentences belong together.

use super::anchors::{Anchors, anchors};
use super::bead::{Bead, Sentence, Vectors};
use super::length;

/// What a bead of each kind costs, in nats: how rare they are between languages of Europe (Gale and Church 1993), the
/// larger ones by the same fall.
fn rarity(source: usize, target: usize) -> f64 {
    match (source.min(target), source.max(target)) {
        (0, _) => 4.2,
        (1, 1) => 0.12,
        (1, 2) => 3.1,
        (1, 3) => 5.6,
        _ => 5.2,
    }
}

/// What it costs if a bead goes over the border of a paragraph, and saves if it begins one on both sides.
const BORDER: f64 = 0.6;
/// What it costs to put a heading together with running text.
const HEADING: f64 = 2.0;
/// How much a sentence gains whose likeness to the other side is that of sentences which belong together.
const GAIN: f64 = 3.5;
/// How much more what both write alike counts where there are no embeddings.
const ALONE: f64 = 1.5;
/// Which part of that likeness speaks neither for nor against it.
const NEUTRAL: f64 = 0.4;

/// Everything that a bead is judged by.
pub(super) struct Evidence<'a> {
    source: &'a [Sentence<'a>],
    target: &'a [Sentence<'a>],
    lengths: (Vec<f64>, Vec<f64>),
    ratio: f64,
    anchors: (Vec<Anchors>, Vec<Anchors>),
    by_anchors: Scale,
    vectors: Option<(Vectors<'a>, Scale)>,
}

/// What likenesses mean in this text: 0 for sentences that have nothing to do with each other, 1 for translations.
#[derive(Debug, Clone, Copy)]
struct Scale {
    unrelated: f64,
    related: f64,
    /// How much it counts: little, where both are much the same.
    weight: f64,
}

/// So many sentences are looked at to learn what likenesses mean.
const SAMPLE: usize = 200;
/// How far from the diagonal a sentence's partner is looked for in the sample.
const NEAR: usize = 12;

impl Scale {
    /// Learns from likenesses near the diagonal, where the greatest are mostly those of translations, and far from it.
    /// `wide` is how far they are usually apart.
    fn learn(
        (rows, columns): (usize, usize),
        wide: f64,
        likeness: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let (mut far, mut best) = (Vec::new(), Vec::new());
        let step = (rows / SAMPLE).max(1);
        for i in (0..rows).step_by(step).filter(|_| columns > 0) {
            let middle = i * columns / rows;
            let near = middle.saturating_sub(NEAR)..(middle + NEAR).min(columns);
            best.push(near.map(|j| likeness(i, j)).fold(0.0, f64::max));
            for shift in [3, 5, 8] {
                // Sentences that surely have nothing to do with each other, as far as there are any.
                far.push(likeness(i, (middle + shift * columns / 13 + 2) % columns));
            }
        }
        let median = |values: &mut Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(0.0)
        };
        let (unrelated, related) = (median(&mut far), median(&mut best));
        let apart = related - unrelated;
        Self {
            unrelated,
            related: unrelated + apart.max(wide / 4.0),
            weight: (apart / wide).clamp(0.0, 1.0),
        }
    }

    /// What a sentence gains by a likeness, in nats.
    fn gain(&self, likeness: f64) -> f64 {
        let share = (likeness - self.unrelated) / (self.related - self.unrelated);
        self.weight * GAIN * (share.clamp(-0.2, 1.2) - NEUTRAL)
    }
}

impl<'a> Evidence<'a> {
    pub(super) fn new(
        source: &'a [Sentence<'a>],
        target: &'a [Sentence<'a>],
        vectors: Option<Vectors<'a>>,
    ) -> Self {
        let lengths = |side: &[Sentence<'_>]| -> Vec<f64> {
            let count = |one: &Sentence<'_>| one.text.chars().count() as f64;
            side.iter().map(count).collect()
        };
        let lengths = (lengths(source), lengths(target));
        let sum = |side: &[f64]| side.iter().sum::<f64>().max(1.0);
        // Where much is lost, the lengths of the whole say little.
        let ratio = (sum(&lengths.1) / sum(&lengths.0)).clamp(0.3, 3.0);
        let anchors = anchors(
            source.iter().map(|one| one.text),
            target.iter().map(|one| one.text),
        );
        let size = (source.len(), target.len());
        let by_anchors = Scale::learn(size, 0.25, |i, j| {
            let (one, other) = (&anchors.0[i], &anchors.1[j]);
            let all = one.weight.min(other.weight);
            f64::from(one.common(other) / all.max(1.0))
        });
        let vectors = vectors.map(|vectors| {
            assert_eq!((vectors.source.len(), vectors.target.len()), size);
            let likeness = |i: usize, j: usize| dot(&vectors.source[i], &vectors.target[j]);
            (vectors, Scale::learn(size, 0.06, likeness))
        });
        Self {
            source,
            target,
            lengths,
            ratio,
            anchors,
            by_anchors,
            vectors,
        }
    }

    /// How much of the anchors both sentences have, in their weight.
    pub(super) fn common(&self, i: usize, j: usize) -> f32 {
        self.anchors.0[i].common(&self.anchors.1[j])
    }

    /// The cosine of two sentences, if there are embeddings.
    pub(super) fn cosine(&self, i: usize, j: usize) -> Option<f32> {
        let (vectors, _) = self.vectors.as_ref()?;
        Some(dot(&vectors.source[i], &vectors.target[j]) as f32)
    }

    /// What a bead costs, in nats: less is more probable. `common` and `cosine` are those of two sentences.
    pub(super) fn cost(
        &self,
        bead: &Bead,
        common: impl Fn(usize, usize) -> f32,
        cosine: impl Fn(usize, usize) -> f32,
    ) -> f64 {
        let Bead { source, target } = bead;
        let mut cost = rarity(source.len(), target.len());
        if source.is_empty() || target.is_empty() {
            return cost;
        }
        let (from, to) = (&self.source[source.clone()], &self.target[target.clone()]);
        let within = |side: &[Sentence<'_>]| side[1..].iter().filter(|one| one.opens).count();
        cost += BORDER * (within(from) + within(to)) as f64;
        if from[0].opens && to[0].opens {
            cost -= BORDER;
        }
        let headings = from.iter().chain(to).filter(|one| one.heading).count();
        if headings > 0 && headings < from.len() + to.len() {
            cost += HEADING;
        }
        let sum = |lengths: &[f64]| lengths.iter().sum::<f64>();
        cost += length::mismatch(
            sum(&self.lengths.0[source.clone()]),
            sum(&self.lengths.1[target.clone()]),
            self.ratio,
        );
        // Each sentence against the other side as a whole.
        let mut gain = 0.0;
        for i in source.clone() {
            let shared: f32 = target.clone().map(|j| common(i, j)).sum();
            gain += self.by_anchors(shared, self.anchors.0[i].weight);
        }
        for j in target.clone() {
            let shared: f32 = source.clone().map(|i| common(i, j)).sum();
            gain += self.by_anchors(shared, self.anchors.1[j].weight);
        }
        if let Some((vectors, scale)) = &self.vectors {
            let norm = Norm::of(
                &vectors.target[target.clone()],
                &self.lengths.1[target.clone()],
            );
            for i in source.clone() {
                let sum = target
                    .clone()
                    .map(|j| self.lengths.1[j] * f64::from(cosine(i, j)));
                gain += scale.gain(sum.sum::<f64>() / norm.0);
            }
            let norm = Norm::of(
                &vectors.source[source.clone()],
                &self.lengths.0[source.clone()],
            );
            for j in target.clone() {
                let sum = source
                    .clone()
                    .map(|i| self.lengths.0[i] * f64::from(cosine(i, j)));
                gain += scale.gain(sum.sum::<f64>() / norm.0);
            }
        }
        cost - gain / 2.0
    }

    fn by_anchors(&self, shared: f32, all: f32) -> f64 {
        // A sentence without anchors has none to lose.
        if all <= 0.0 {
            return 0.0;
        }
        let weight = if self.vectors.is_some() { 1.0 } else { ALONE };
        weight
            * self
                .by_anchors
                .gain(f64::from((shared / all.max(1.0)).min(1.0)))
    }
}

/// The length of the sum of vectors, each weighed by the length of its sentence.
struct Norm(f64);

impl Norm {
    fn of(vectors: &[Vec<f32>], lengths: &[f64]) -> Self {
        if let ([_], [length]) = (vectors, lengths) {
            return Self(length.max(1.0));
        }
        let mut sum = 0.0;
        for (one, a) in vectors.iter().zip(lengths) {
            for (other, b) in vectors.iter().zip(lengths) {
                sum += a * b * dot(one, other);
            }
        }
        Self(sum.sqrt().max(1.0))
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    let products = a.iter().zip(b).map(|(a, b)| a * b);
    f64::from(products.sum::<f32>())
}
