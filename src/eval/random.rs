//! numpy's default generator (PCG64 seeded by SeedSequence), so that resampling draws what sacrebleu draws.

/// The generator.
pub(super) struct Random {
    state: u128,
    increment: u128,
    /// The upper half of a number whose lower half was taken.
    half: Option<u32>,
    /// Bits that are left for [`Random::bit`], and how many.
    bits: (u32, u32),
}

const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;

impl Random {
    /// `np.random.default_rng(seed)`.
    pub(super) fn new(seed: u32) -> Self {
        let words = spread(seed);
        let long = |i: usize| u128::from(words[i]) << 64 | u128::from(words[i + 1]);
        let mut random = Self {
            state: 0,
            increment: long(2) << 1 | 1,
            half: None,
            bits: (0, 0),
        };
        random.step();
        random.state = random.state.wrapping_add(long(0));
        random.step();
        random
    }

    fn step(&mut self) {
        self.state = self
            .state
            .wrapping_mul(MULTIPLIER)
            .wrapping_add(self.increment);
    }

    fn word(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    fn half_word(&mut self) -> u32 {
        if let Some(half) = self.half.take() {
            return half;
        }
        let word = self.word();
        self.half = Some((word >> 32) as u32);
        word as u32
    }

    /// A number below `end`, which fits into 32 bits and isn't 0, as `rng.choice(end)` (Lemire 2019).
    pub(super) fn below(&mut self, end: u32) -> u32 {
        if end == 1 {
            return 0;
        }
        let threshold = end.wrapping_neg() % end;
        loop {
            let product = u64::from(self.half_word()) * u64::from(end);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// As `rng.integers(2, dtype=bool)`, one after another.
    pub(super) fn bit(&mut self) -> bool {
        self.bits = match self.bits {
            (_, 0) => (self.half_word(), 31),
            (bits, left) => (bits >> 1, left - 1),
        };
        self.bits.0 & 1 == 1
    }
}

/// `SeedSequence(seed).generate_state(4, np.uint64)`.
fn spread(seed: u32) -> [u64; 4] {
    fn hash(value: u32, constant: &mut u32, multiplier: u32) -> u32 {
        let value = value ^ *constant;
        *constant = constant.wrapping_mul(multiplier);
        let value = value.wrapping_mul(*constant);
        value ^ value >> 16
    }
    fn mix(a: u32, b: u32) -> u32 {
        let mixed = a
            .wrapping_mul(0xca01_f9dd)
            .wrapping_sub(b.wrapping_mul(0x4973_f715));
        mixed ^ mixed >> 16
    }
    let mut constant = 0x43b0_d7e5;
    let mut pool = [seed, 0, 0, 0].map(|value| hash(value, &mut constant, 0x931e_8875));
    for from in 0..4 {
        for to in (0..4).filter(|&to| to != from) {
            pool[to] = mix(pool[to], hash(pool[from], &mut constant, 0x931e_8875));
        }
    }
    let mut constant = 0x8b51_f9dd;
    let halves: [u32; 8] = std::array::from_fn(|i| hash(pool[i % 4], &mut constant, 0x58f3_8ded));
    std::array::from_fn(|i| u64::from(halves[2 * i + 1]) << 32 | u64::from(halves[2 * i]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What numpy 2 says with the seed 12345.
    #[test]
    fn draws_equal_those_of_numpy() {
        let mut random = Random::new(12345);
        let drawn: Vec<u32> = (0..8).map(|_| random.below(997)).collect();
        assert_eq!(drawn, [697, 226, 786, 315, 203, 794, 640, 674]);
        let mut random = Random::new(12345);
        let bits: String = (0..40)
            .map(|_| if random.bit() { '1' } else { '0' })
            .collect();
        assert_eq!(bits, "1011100110000011111111110100110110110001");
    }
}
