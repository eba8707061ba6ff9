//! Any bytes as a SentencePiece model, and any text for it: the first byte says how long the text is, the text follows,
//! then the model.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traghetto::tokenizer::sentencepiece::SentencePiece;

fuzz_target!(|data: &[u8]| {
    let Some((&len, rest)) = data.split_first() else {
        return;
    };
    let Some((text, model)) = rest.split_at_checked(len.into()) else {
        return;
    };
    let Ok(pieces) = SentencePiece::read(model) else {
        return;
    };
    let ids = pieces.encode(&String::from_utf8_lossy(text));
    assert!(ids.iter().all(|&id| (id as usize) < pieces.size()));
    pieces.decode(&ids);
    pieces.decode(&[0, u32::MAX]);
});
