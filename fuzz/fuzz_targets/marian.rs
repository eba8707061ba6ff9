//! Any bytes as a Marian model: an error, or a student that can be built and asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traghetto::arch::student::{Student, Vocabulary};
use traghetto::decode::{Limits, greedy};
use traghetto::nn::isa::Isa;
use traghetto::weights::blob::Blob;
use traghetto::weights::marian::Checkpoint;

/// Pieces of the tiny student's vocabulary.
const PIECES: usize = 320;

fuzz_target!(|data: &[u8]| {
    let Ok(checkpoint) = Checkpoint::read(Blob::Owned(data.to_vec())) else {
        return;
    };
    let vocabulary = Vocabulary {
        sizes: [PIECES; 2],
        shared: true,
        banned: 1,
        frequent: 64,
    };
    let Ok(student) = Student::new(&checkpoint, vocabulary, None, Isa::detect()) else {
        return;
    };
    let sources: [&[u32]; 2] = [&[5, 319, 7, 0], &[0]];
    let mut state = traghetto::decode::Seq2Seq::encode(&student, &sources).expect("known ids");
    let limits = Limits {
        start: 0,
        end: 0,
        lengths: &[4, 4],
    };
    greedy(&student, &mut state, limits, || true).expect("known ids");
});
