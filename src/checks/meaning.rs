//! What is told of a segment by signs that no rule sees: embeddings that are far apart, a risk that is high.

use std::sync::LazyLock;

use super::finding::Finding;
use super::id::CheckId;
use crate::languages::Table;
use crate::text::{Lang, Span};

/// One language, another, and the cosine below which their texts are doubtful.
static MEANING_DOUBTFUL: LazyLock<Vec<(Lang, Lang, f32)>> = LazyLock::new(|| {
    let row = |(cells, _): &(Vec<&str>, Vec<&str>)| {
        let [one, other, doubtful] = cells[..] else {
            return None;
        };
        Some((
            one.parse().ok()?,
            other.parse().ok()?,
            doubtful.parse().ok()?,
        ))
    };
    Table::new("similarity.tsv")
        .rows
        .iter()
        .filter_map(row)
        .collect()
});
/// For languages that were not measured: none that were fall lower.
const MEANING_ELSEWHERE: f32 = 0.81;
/// So much lower no reference of the measurement was.
const MEANING_WRONG: f32 = 0.03;

/// What the cosine of the embeddings of a segment and its translation says
/// ([`crate::engine::embed::adequacy`]); `None` if there's nothing to report.
///
/// The thresholds come from all 997 lines of FLORES dev in six languages (`cargo bench --bench checks -- thresholds`).
/// The next line of the set in the reference's place, often of the same article, is caught in 91 % of cases from Italian
/// to English (AUC 0.998), in 82 to 97 % between other languages but 74 % of German and Portuguese ones (AUC 0.981 to
/// 0.999). On 300 it-en pairs another sentence is always caught; the first half of a reference alone has a median of 0.890
/// and is caught in 24 % (AUC 0.901): the length rule sees more there. What changes few words is hardly seen: on 120
/// pairs, a lost third has an AUC of 0.80, changed digits 0.76, an added "not" 0.69, and 20, 11 and 7 % of them are caught.
/// Those are for the other rules. Headlines and other short segments were not measured.
pub fn meaning(adequacy: f32, between: (Lang, Lang)) -> Option<Finding> {
    let (one, other) = between;
    let doubtful = MEANING_DOUBTFUL
        .iter()
        .find(|&&(a, b, _)| (a, b) == (one, other) || (b, a) == (one, other))
        .map_or(MEANING_ELSEWHERE, |&(.., doubtful)| doubtful);
    let message = format!("the meaning may differ: similarity {adequacy:.2}");
    if adequacy < doubtful - MEANING_WRONG {
        Some(Finding::error(CheckId::Meaning, message))
    } else if adequacy < doubtful {
        Some(Finding::warning(CheckId::Meaning, message))
    } else {
        None
    }
}

/// What a model is told of a word of the source of whose renderings by a dictionary the translation has none.
pub fn unrendered(source: Span, gloss: String) -> Finding {
    let mut finding = Finding::warning(CheckId::Risk, "a word may be lost").at_source(source);
    finding.rendering = Some(gloss);
    finding
}

/// What is told of a translation whose signs are bad though no rule has found anything: `words` of the translation are
/// the most doubtful, `at` is the first of these on each side.
pub fn doubtful(probability: f32, words: &[&str], at: (Option<Span>, Option<Span>)) -> Finding {
    let percent = (100.0 * probability).round();
    let message = match words {
        [] => format!("may be wrong ({percent} %)"),
        _ => {
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            format!(
                "may be wrong ({percent} %), most likely at {}",
                words.join(", ")
            )
        }
    };
    let mut finding = Finding::warning(CheckId::Risk, message);
    (finding.source, finding.target) = at;
    finding
}
