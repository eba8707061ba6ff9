//! Bytes to text: byte-order marks, UTF-16, other encodings, and refusal of what isn't text.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{Error, ErrorKind, Result};

/// A text as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text; line ends as they are. A UTF-8 byte-order mark stays its first character, and so comes back in what is
    /// written; that of UTF-16 is gone.
    pub text: String,
    /// The encoding's name, such as `UTF-8` or `windows-1252`.
    pub encoding: &'static str,
}

/// Decodes a file's bytes: in `encoding` (a WHATWG label such as `windows-1252` or `latin1`) if given, else by the
/// byte-order mark, else as UTF-8. Nothing is guessed and nothing replaced.
///
/// # Errors
/// [`ErrorKind::Usage`] for an unknown label; [`ErrorKind::Input`] if the bytes aren't text in the encoding, with the
/// offset of the first wrong byte.
pub fn decode(bytes: Vec<u8>, encoding: Option<&str>) -> Result<Decoded> {
    let asked = encoding.map(find).transpose()?;
    let marked = Encoding::for_bom(&bytes);
    let chosen = asked.or(marked.map(|(e, _)| e)).unwrap_or(UTF_8);
    // A mark of another encoding than the one asked for is not a mark but data.
    let skip = marked.filter(|(e, _)| *e == chosen).map_or(0, |(_, n)| n);
    let wide = chosen == UTF_16LE || chosen == UTF_16BE;
    if !wide && let Some(at) = bytes.iter().position(|b| *b == 0) {
        return Err(binary(at));
    }
    let text = if chosen == UTF_8 {
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[at];
            Error::new(
                ErrorKind::Input,
                format!("the input is not UTF-8: byte {at} is 0x{byte:02X}"),
            )
            .with_hint(
                "name its encoding, for example --encoding windows-1252 or --encoding iso-8859-15",
            )
        })?
    } else {
        match chosen.decode_without_bom_handling_and_without_replacement(&bytes[skip..]) {
            Some(text) => text.into_owned(),
            None => {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!("the input is not {}", chosen.name()),
                )
                .with_hint(
                    "name its encoding with --encoding, or leave --encoding out for UTF-8",
                ));
            }
        }
    };
    match text.bytes().position(|b| b == 0) {
        Some(at) => Err(binary(at)),
        None => Ok(Decoded {
            text,
            encoding: chosen.name(),
        }),
    }
}

fn find(label: &str) -> Result<&'static Encoding> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("unknown encoding \"{label}\"")).with_hint(
            "use a label such as utf-8, windows-1252, iso-8859-15, utf-16le or shift_jis",
        )
    })
}

fn binary(at: usize) -> Error {
    Error::new(
        ErrorKind::Input,
        format!("the input is not text: byte {at} is NUL"),
    )
    .with_hint(
        "give plain text or Markdown; for UTF-16 without a byte-order mark, --encoding utf-16le",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], encoding: Option<&str>) -> String {
        decode(bytes.to_vec(), encoding).unwrap().text
    }

    fn error(bytes: &[u8], encoding: Option<&str>) -> Error {
        decode(bytes.to_vec(), encoding).unwrap_err()
    }

    #[test]
    fn byte_order_marks() {
        let decoded = decode(b"\xEF\xBB\xBFpi\xC3\xB9\r\n".to_vec(), None).unwrap();
        assert_eq!(
            (decoded.text.as_str(), decoded.encoding),
            ("\u{feff}più\r\n", "UTF-8")
        );
        assert_eq!(text(b"\xFF\xFEp\0i\0\xF9\0", None), "più");
        assert_eq!(text(b"\xFE\xFF\0p\0i\0\xF9", None), "più");
        assert_eq!(text(b"p\0i\0\xF9\0", Some("utf-16le")), "più");
        assert_eq!(text(b"ciao", None), "ciao");
        assert_eq!(text(b"", None), "");
    }

    #[test]
    fn other_encodings_by_label() {
        let decoded = decode(b"citt\xE0 \x93ok\x94".to_vec(), Some("latin1")).unwrap();
        assert_eq!(
            (decoded.text.as_str(), decoded.encoding),
            ("città “ok”", "windows-1252")
        );
        assert_eq!(error(b"a", Some("klingon")).kind(), ErrorKind::Usage);
        assert_eq!(
            error(b"\x81\xFF", Some("shift_jis")).kind(),
            ErrorKind::Input
        );
    }

    #[test]
    fn what_is_not_text_is_refused_by_offset() {
        let latin = error(b"citt\xE0 bella", None);
        assert_eq!(latin.to_string(), "the input is not UTF-8: byte 4 is 0xE0");
        assert!(latin.hint().unwrap().contains("--encoding windows-1252"));
        let nul = error(b"GIF\0", None);
        assert_eq!(nul.to_string(), "the input is not text: byte 3 is NUL");
        assert_eq!(error(b"\xFF\xFEa\0\0\0", None).kind(), ErrorKind::Input);
        let truncated = error(b"citt\xC3", None);
        assert!(truncated.to_string().contains("byte 4"));
    }
}
