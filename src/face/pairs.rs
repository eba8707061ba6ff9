//! Checks of a translation that is there already, whoever made it.

use crate::checks::{self, Finding, Pair};
use crate::text::Lang;

/// What may be wrong with `target` as a translation of `source`. Needs no model; some 2,000 sentences a second.
///
/// The rules are made for a sentence or a paragraph: give a longer text in pieces that belong to each other, for what a
/// finding names is looked for in the whole of the other side.
///
/// ```
/// use traghetto::{CheckId, Lang, check};
///
/// let source = "Hanno votato 81 deputati.";
/// let findings = check(source, "18 deputies voted.", Lang::IT, Lang::EN);
/// assert!(findings.iter().any(|finding| finding.check == CheckId::Number));
/// assert!(findings[0].to_string().starts_with("error[number]"));
/// assert!(check(source, "81 deputies voted.", Lang::IT, Lang::EN).is_empty());
/// ```
pub fn check(source: &str, target: &str, from: Lang, to: Lang) -> Vec<Finding> {
    let pair = Pair {
        source,
        target,
        from,
        to,
    };
    let mut found = checks::check(&pair, &checks::Options::default());
    found.extend(checks::nonwords(&pair, &[], false, &found));
    found
}
