//! How vocabularies write bytes and spaces.

/// The byte that GPT-2's byte-level BPE writes as `character`: printable Latin-1 stands for itself, the 68 others are
/// moved to U+0100 and up, in order.
pub(super) fn printable_byte(character: char) -> Option<u8> {
    let code = character as u32;
    let byte = match code {
        0x21..=0x7e | 0xa1..=0xac | 0xae..=0xff => code,
        0x100..=0x120 => code - 0x100,
        0x121..=0x142 => code - 0x121 + 0x7f,
        0x143 => 0xad,
        _ => return None,
    };
    u8::try_from(byte).ok()
}

/// What a piece of SentencePiece stands for.
pub(super) fn spm_text(text: &str) -> Box<[u8]> {
    match byte_token(text) {
        Some(byte) => Box::from([byte]),
        None => text.replace('▁', " ").into_bytes().into(),
    }
}

/// The byte that `<0x0A>` and its like stand for.
pub(super) fn byte_token(text: &str) -> Option<u8> {
    let digits = text.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok()
}
