//! Any bytes as a lexical shortlist, for vocabularies whose sizes are the first two bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traghetto::weights::blob::Blob;
use traghetto::weights::shortlist::Shortlist;

fuzz_target!(|data: &[u8]| {
    let [sources, targets, data @ ..] = data else {
        return;
    };
    // The tiny student's vocabulary has 320 pieces.
    let (sources, targets) = (usize::from(*sources) + 200, usize::from(*targets) + 200);
    let Ok(shortlist) = Shortlist::read(Blob::Owned(data.to_vec()), sources, targets) else {
        return;
    };
    let source: Vec<u32> = (0..sources as u32 + 2).collect();
    let candidates = shortlist.candidates(&source, true, shortlist.always());
    assert!(candidates.is_sorted() && candidates.iter().all(|&id| (id as usize) < targets));
});
