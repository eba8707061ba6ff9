//! The figures of whole ways, looked up in manifests.

use super::figure::Figure;
use super::manifest::{Manifest, Task};
use crate::text::Lang;

/// The figure of the way through `langs` by `models`, one model from each language to the next; `None` if that way as a
/// whole was not measured.
pub fn measured<'a>(langs: &[Lang], models: &[&'a Manifest]) -> Option<&'a Figure> {
    let last = models.last()?;
    let way: Vec<&str> = langs.iter().map(|lang| lang.code()).collect();
    let figure = last
        .quality
        .get(&Task::Translate)?
        .pairs
        .get(&way.join("-"))?;
    let same = match (&figure.after, models) {
        (None, [_]) => true,
        (Some(after), [first, _]) => *after == first.id,
        _ => false,
    };
    same.then_some(figure)
}
