//! How languages are written, also those of which nothing else is known: `common/writing.toml`.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::common::text;
use super::lang::Lang;
use super::parse::{parse, words};

/// Languages by a way of writing.
#[derive(Debug)]
pub struct Writing {
    /// Those that write 3.5 with a point.
    pub decimal_point: HashSet<Lang>,
    /// Those that may write 10 000 with a space.
    pub spaced_thousands: HashSet<Lang>,
    /// Those of them that don't write 10.000 with a point.
    pub only_spaced_thousands: HashSet<Lang>,
    /// Those that write the third as 3. with a stop.
    pub ordinal_stop: HashSet<Lang>,
    /// Those that aren't written in Latin letters, or not in these alone.
    pub not_latin: HashSet<Lang>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    decimal_point: String,
    spaced_thousands: String,
    only_spaced_thousands: String,
    ordinal_stop: String,
    not_latin: String,
}

/// What `writing.toml` says.
pub fn writing() -> &'static Writing {
    static WRITING: LazyLock<Writing> = LazyLock::new(|| {
        let file: File = parse(text("writing.toml")).expect("what is compiled in is well formed");
        let langs = |codes: &str| -> HashSet<Lang> {
            let parsed = words(codes).map(|code| code.parse().expect("a language's code"));
            parsed.collect()
        };
        Writing {
            decimal_point: langs(&file.decimal_point),
            spaced_thousands: langs(&file.spaced_thousands),
            only_spaced_thousands: langs(&file.only_spaced_thousands),
            ordinal_stop: langs(&file.ordinal_stop),
            not_latin: langs(&file.not_latin),
        }
    });
    &WRITING
}
