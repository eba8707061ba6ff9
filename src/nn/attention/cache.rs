//! The keys and values of a sequence's past, written in place and read by blocks.

use std::ops::Range;

use half::f16;
use half::slice::HalfBitsSliceExt;
use serde::Serialize;

use super::{BLOCK, MAX_HEAD_DIM};
use crate::nn::isa::Isa;
use crate::nn::simd::{Kernel, LANES, Simd};

/// How keys and values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum KvType {
    /// Half precision.
    #[default]
    F16,
    /// Bytes with one scale for each head's vector: half the memory, and a little less exact.
    Q8,
}

impl KvType {
    const NAMES: [(&str, Self); 2] = [("f16", Self::F16), ("q8", Self::Q8)];
}

impl std::str::FromStr for KvType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::NAMES.iter().find(|(name, _)| *name == text);
        let (_, kind) = named.ok_or_else(|| format!("\"{text}\" is neither f16 nor q8"))?;
        Ok(*kind)
    }
}

impl std::fmt::Display for KvType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = Self::NAMES.iter().find(|(_, kind)| kind == self);
        f.write_str(named.map_or("", |(name, _)| name))
    }
}

/// Keys and values of one sequence, all layers.
///
/// Keys lie as `[layer, head, position / 16, head_dim, 16]`, so that sixteen scores are one vector; values as
/// `[layer, head, position, head_dim]`.
#[derive(Debug, Clone)]
pub struct KvCache {
    planes: Planes,
    heads: usize,
    head_dim: usize,
    /// A multiple of [`BLOCK`].
    capacity: usize,
}

/// Keys, then values.
#[derive(Debug, Clone)]
enum Planes {
    /// The bits of half-precision numbers: zeros of integers come from the system for nothing.
    F16([Vec<u16>; 2]),
    /// Codes and, `[layer, head, position]`, scales.
    Q8([Vec<i8>; 2], [Vec<f32>; 2]),
}

/// Room that the system hands out zeroed.
fn zeros<T: Clone + Default>(len: usize) -> [Vec<T>; 2] {
    [vec![T::default(); len], vec![T::default(); len]]
}

impl KvCache {
    /// An empty cache with room for at least `capacity` positions.
    ///
    /// # Panics
    /// If `head_dim` is not a multiple of sixteen or more than [`MAX_HEAD_DIM`].
    pub fn new(
        kind: KvType,
        layers: usize,
        heads: usize,
        head_dim: usize,
        capacity: usize,
    ) -> Self {
        assert!(head_dim.is_multiple_of(LANES) && head_dim <= MAX_HEAD_DIM);
        let capacity = capacity.next_multiple_of(BLOCK);
        let vectors = layers * heads * capacity;
        let planes = match kind {
            KvType::F16 => Planes::F16(zeros(vectors * head_dim)),
            KvType::Q8 => Planes::Q8(zeros(vectors * head_dim), zeros(vectors)),
        };
        Self {
            planes,
            heads,
            head_dim,
            capacity,
        }
    }

    /// Positions that there is room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Heads of keys and values.
    pub fn heads(&self) -> usize {
        self.heads
    }

    /// Width of a head.
    pub fn head_dim(&self) -> usize {
        self.head_dim
    }

    /// Copies the first `len` positions of `from`, a cache of the same model and type.
    ///
    /// # Panics
    /// If the two differ in type, or `len` is more than either has room for.
    pub fn copy_prefix(&mut self, from: &Self, len: usize) {
        assert!(len <= from.capacity && len <= self.capacity);
        // Whole vectors of keys: positions beyond `len` are overwritten before they are read.
        let lens = [len.next_multiple_of(LANES), len];
        let capacities = (self.capacity, from.capacity);
        let dim = self.head_dim;
        match (&mut self.planes, &from.planes) {
            (Planes::F16(to), Planes::F16(from)) => copy_heads(to, from, capacities, lens, dim),
            (Planes::Q8(to, to_scales), Planes::Q8(from, from_scales)) => {
                copy_heads(to, from, capacities, lens, dim);
                copy_heads(to_scales, from_scales, capacities, lens, 1);
            }
            _ => panic!("a cache starts as a copy of one of its own type"),
        }
    }

    /// Writes position `at` of a layer. `key` and `value` are `[heads, head_dim]`.
    ///
    /// # Panics
    /// If there is no room for the position.
    pub fn write(&mut self, layer: usize, at: usize, key: &[f32], value: &[f32]) {
        assert!(at < self.capacity);
        let dim = self.head_dim;
        let heads = key.chunks_exact(dim).zip(value.chunks_exact(dim));
        for (head, (key, value)) in heads.enumerate() {
            let vectors = self.vectors(layer, head);
            let codes = vectors.start * dim..vectors.end * dim;
            match &mut self.planes {
                Planes::F16([keys, values]) => {
                    let keys = keys[codes.clone()].reinterpret_cast_mut::<f16>();
                    write_key(keys, at, key, 1.0);
                    let values = values[codes].reinterpret_cast_mut::<f16>();
                    write_value(values, at, value, 1.0);
                }
                Planes::Q8([keys, values], [key_scales, value_scales]) => {
                    let to_code = put_scale(&mut key_scales[vectors.clone()][at], key);
                    write_key(&mut keys[codes.clone()], at, key, to_code);
                    let to_code = put_scale(&mut value_scales[vectors][at], value);
                    write_value(&mut values[codes], at, value, to_code);
                }
            }
        }
    }

    /// The vectors of a head of a layer.
    fn vectors(&self, layer: usize, head: usize) -> Range<usize> {
        let start = (layer * self.heads + head) * self.capacity;
        start..start + self.capacity
    }

    /// What is kept of a head of a layer.
    pub(super) fn head(&self, layer: usize, head: usize) -> Stored<'_> {
        let vectors = self.vectors(layer, head);
        let codes = vectors.start * self.head_dim..vectors.end * self.head_dim;
        match &self.planes {
            Planes::F16([keys, values]) => Stored::F16(Head {
                keys: keys[codes.clone()].reinterpret_cast::<f16>().as_chunks().0,
                values: values[codes].reinterpret_cast::<f16>().as_chunks().0,
                scales: None,
            }),
            Planes::Q8([keys, values], [key_scales, value_scales]) => Stored::Q8(Head {
                keys: keys[codes.clone()].as_chunks().0,
                values: values[codes].as_chunks().0,
                scales: Some(Scales {
                    keys: key_scales[vectors.clone()].as_chunks().0,
                    values: value_scales[vectors].as_chunks().0,
                }),
            }),
        }
    }
}

/// A head's past in one of the types.
pub(super) enum Stored<'a> {
    F16(Head<'a, f16>),
    Q8(Head<'a, i8>),
}

/// A head's past.
pub(super) struct Head<'a, E> {
    /// `[capacity / 16, head_dim]` vectors of sixteen positions.
    pub keys: &'a [[E; LANES]],
    /// `[capacity, head_dim / 16]` vectors.
    pub values: &'a [[E; LANES]],
    /// What the codes of a position are multiplied by, where it isn't one.
    pub scales: Option<Scales<'a>>,
}

/// `[capacity / 16]` vectors of sixteen positions each.
#[derive(Clone, Copy)]
pub(super) struct Scales<'a> {
    pub keys: &'a [[f32; LANES]],
    pub values: &'a [[f32; LANES]],
}

/// What a number of a key or value is kept as.
pub(super) trait Element: Copy + Default {
    /// Sixteen numbers.
    fn load<S: Simd>(s: S, from: &[Self; LANES]) -> S::F;
    /// Rounds sixteen numbers.
    fn store<S: Simd>(s: S, v: S::F, to: &mut [Self; LANES]);
}

impl Element for f16 {
    #[inline(always)]
    fn load<S: Simd>(s: S, from: &[Self; LANES]) -> S::F {
        s.load_f16(from)
    }
    #[inline(always)]
    fn store<S: Simd>(s: S, v: S::F, to: &mut [Self; LANES]) {
        s.store_f16(v, to);
    }
}

impl Element for i8 {
    #[inline(always)]
    fn load<S: Simd>(s: S, from: &[Self; LANES]) -> S::F {
        s.load_i8(from)
    }
    #[inline(always)]
    fn store<S: Simd>(s: S, v: S::F, to: &mut [Self; LANES]) {
        s.store_i8(s.round(v), to);
    }
}

/// Copies the first positions of every head; `lens` for keys and values, `width` elements a position.
fn copy_heads<T: Copy>(
    to: &mut [Vec<T>; 2],
    from: &[Vec<T>; 2],
    (to_capacity, from_capacity): (usize, usize),
    lens: [usize; 2],
    width: usize,
) {
    for ((to, from), len) in to.iter_mut().zip(from).zip(lens) {
        let from = from.chunks_exact(from_capacity * width);
        for (to, from) in to.chunks_exact_mut(to_capacity * width).zip(from) {
            to[..len * width].copy_from_slice(&from[..len * width]);
        }
    }
}

/// Keeps the scale with which the largest element becomes 127; returns what elements are multiplied by.
fn put_scale(scale: &mut f32, vector: &[f32]) -> f32 {
    let largest = vector.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    *scale = largest / 127.0;
    match largest {
        0.0 => 0.0,
        _ => 127.0 / largest,
    }
}

/// Scatters a key among its fifteen neighbours. `keys` is a head, `[position / 16, head_dim, 16]`.
fn write_key<E: Element>(keys: &mut [E], at: usize, key: &[f32], to_code: f32) {
    let (keys, _) = keys[at / LANES * LANES * key.len()..].as_chunks_mut::<LANES>();
    Isa::best().run(Encode {
        vector: key,
        to_code,
        element: std::marker::PhantomData,
        put: |d: usize, codes: [E; LANES]| {
            for (key, code) in keys[d..].iter_mut().zip(codes) {
                key[at % LANES] = code;
            }
        },
    });
}

/// `values` is a head, `[position, head_dim]`.
fn write_value<E: Element>(values: &mut [E], at: usize, value: &[f32], to_code: f32) {
    let values = &mut values[at * value.len()..];
    Isa::best().run(Encode {
        vector: value,
        to_code,
        element: std::marker::PhantomData,
        put: |d: usize, codes: [E; LANES]| values[d..d + LANES].copy_from_slice(&codes),
    });
}

/// Multiplies, rounds, and puts the elements, sixteen at a time, where they belong.
struct Encode<'a, P, E> {
    vector: &'a [f32],
    to_code: f32,
    put: P,
    element: std::marker::PhantomData<E>,
}

impl<E: Element, P: FnMut(usize, [E; LANES])> Kernel for Encode<'_, P, E> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, s: S) {
        let (vector, _) = self.vector.as_chunks::<LANES>();
        for (index, elements) in vector.iter().enumerate() {
            let mut codes = [E::default(); LANES];
            E::store(
                s,
                s.mul(s.load(elements), s.splat(self.to_code)),
                &mut codes,
            );
            (self.put)(index * LANES, codes);
        }
    }
}
