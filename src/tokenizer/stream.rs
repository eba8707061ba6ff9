//! Streaming UTF-8: tokens may end in the middle of a character, text must not.

/// Turns bytes that arrive in pieces into text, whole characters at a time. What it emits, put together, equals
/// [`String::from_utf8_lossy`] of all the bytes.
#[derive(Debug, Clone, Default)]
pub struct TextStream {
    pending: Vec<u8>,
}

impl TextStream {
    /// Adds `bytes` and appends to `text` every character that they complete.
    pub fn push(&mut self, bytes: &[u8], text: &mut String) {
        self.pending.extend_from_slice(bytes);
        let mut rest = self.pending.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(whole) => {
                    text.push_str(whole);
                    rest = &[];
                    break;
                }
                Err(error) => {
                    let (whole, after) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(whole));
                    match error.error_len() {
                        Some(bad) => {
                            text.push(char::REPLACEMENT_CHARACTER);
                            rest = &after[bad..];
                        }
                        // The start of a character whose other bytes are still to come.
                        None => {
                            rest = after;
                            break;
                        }
                    }
                }
            }
        }
        self.pending = rest.to_vec();
    }

    /// Ends the stream: a character that was never completed becomes U+FFFD.
    pub fn finish(self, text: &mut String) {
        text.push_str(&String::from_utf8_lossy(&self.pending));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn any_cut_gives_the_text_of_the_whole(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40),
            cut in 1usize..5,
        ) {
            let (mut stream, mut text) = (TextStream::default(), String::new());
            for piece in bytes.chunks(cut) {
                stream.push(piece, &mut text);
            }
            stream.finish(&mut text);
            proptest::prop_assert_eq!(text, String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn whole_characters_are_not_held_back(source in "\\PC{0,12}") {
            let (mut stream, mut text) = (TextStream::default(), String::new());
            for character in source.chars() {
                let mut buffer = [0; 4];
                stream.push(character.encode_utf8(&mut buffer).as_bytes(), &mut text);
                proptest::prop_assert!(text.ends_with(character));
            }
        }
    }
}
