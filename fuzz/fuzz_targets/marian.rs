//! Any bytes as a Marian model: an error, or a student that can be built and asked.
#![no_main]

use std::ops::ControlFlow;

use libfuzzer_sys::fuzz_target;
use traghetto::arch::student::{Student, Vocabulary};
use traghetto::decode::{Hypothesis, Sampling};
use traghetto::decode::search::{EarlyStopping, Rules, Search, generate};
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
    let Ok(student) = Student::new(&checkpoint, vocabulary, None, Isa::best()) else {
        return;
    };
    let sources: [&[u32]; 2] = [&[5, 319, 7, 0], &[0]];
    let search = Search {
        start: 0,
        eos: vec![0],
        beams: 1,
        n_best: 1,
        length_penalty: 1.0,
        early_stopping: EarlyStopping::No,
        log_probs: false,
        sampling: Sampling::default(),
        rules: Rules {
            max_tokens: 4,
            ..Rules::default()
        },
    };
    let go_on = &mut |_, _: &[Hypothesis]| ControlFlow::Continue(());
    generate(&student, &sources, &search, go_on).expect("known ids");
});
