//! What is known of a translation that is whole: findings, the likeness of its meaning, the risk.

use super::cache::{Cache, Kind};
use super::choose::RouteLeg;
use super::leg::Done;
use super::options::Translating;
use super::session::Session;
use crate::article::Segment;
use crate::checks::{self, CheckId, Finding, Pair};
use crate::engine::embed::Likeness;
use crate::error::Result;
use crate::memory::Key;
use crate::risk::{self, Risk};
use crate::text::dictionary::Unrendered;
use crate::text::{Lang, Span};
use crate::translate::{self, Translated, Try, Way};

/// The legs before the last one, of which a route has one at most.
pub(super) struct Earlier<'e> {
    legs: &'e [&'e [Done]],
    /// The risk of each segment that a leg made, where it is known.
    risks: Vec<Option<Risk>>,
}

impl<'e> Earlier<'e> {
    /// Judges `legs`, which lead from `originals` along the first of `steps`.
    ///
    /// # Errors
    /// As [`compare`].
    pub(super) fn new(
        session: &mut Session<'_>,
        originals: &[&str],
        steps: &[RouteLeg],
        legs: &'e [&'e [Done]],
        options: &Translating,
        embeddings: Option<&str>,
    ) -> Result<Self> {
        let mut known = vec![None; originals.len()];
        if let (Some(leg), Some(step)) = (legs.first(), steps.first()) {
            // Where it is wanted for itself too, it was reviewed, and has more findings than it would have.
            let bare = |done: &Done| {
                let mut done = done.clone();
                let found = &mut done.translated.findings;
                found.retain(|one| !is_of_review(one.check));
                done
            };
            let leg: Vec<Done> = leg.iter().map(bare).collect();
            let texts = leg.iter().map(|done| done.translated.text.as_str());
            let pairs: Vec<(&str, &str)> = originals.iter().copied().zip(texts).collect();
            let way = (step.from, step.to);
            let likeness = match embeddings {
                Some(model) => compare(session, &pairs, way, model)?,
                None => vec![None; pairs.len()],
            };
            let unrendered = unrendered(&pairs, way, options);
            let none = Earlier {
                legs: &[],
                risks: known.clone(),
            };
            let signs = (&likeness[..], &unrendered[..]);
            for (segment, risk) in risks(&pairs, signs, &steps[..1], &none, &leg) {
                known[segment] = Some(risk);
            }
        }
        Ok(Self { legs, risks: known })
    }

    /// What was found in what a leg before `made` wrote of this segment, and can't be mended by the last one; but for what
    /// the findings of `made` tell too.
    pub(super) fn inherited(
        &self,
        segment: usize,
        steps: &[RouteLeg],
        made: &Translated,
    ) -> Vec<Finding> {
        let (Some(leg), Some(step)) = (self.legs.first(), steps.first()) else {
            return Vec::new();
        };
        if made.attempts == 0 || is_replaced(made) {
            return Vec::new();
        }
        let is_told = |one: &Finding| {
            let mut told = made.findings.iter().filter(|known| !known.is_hint());
            told.any(|known| known.check == one.check && meet(known.source, one.source))
        };
        let found = leg[segment].translated.findings.iter();
        let found = found.filter(|one| !one.is_hint() && is_of_content(one.check) && !is_told(one));
        found.map(|one| one.of_leg(step.to)).collect()
    }
}

/// Whether both stand at one place, as far as that is known.
fn meet(one: Option<Span>, other: Option<Span>) -> bool {
    let apart = |(one, other): (Span, Span)| one.end <= other.start || other.end <= one.start;
    !one.zip(other).is_some_and(apart)
}

/// Whether another route wrote the translation.
fn is_replaced(made: &Translated) -> bool {
    let replaced = |one: &Try| one.chosen && one.way == Way::OtherModel;
    made.tries.iter().any(replaced)
}

/// Whether a rule looks at what is said, and not at how it is written: that is lost for whoever reads on. Names aren't
/// among these: the end is compared with the source itself.
fn is_of_content(check: CheckId) -> bool {
    use CheckId as C;
    matches!(
        check,
        C::Omission
            | C::Cut
            | C::Number
            | C::Unit
            | C::Date
            | C::Actor
            | C::Negation
            | C::Opposite
            | C::Event
            | C::Idiom
            | C::Leak
    )
}

/// Whether the review found it, which looks at all segments and signs.
fn is_of_review(check: CheckId) -> bool {
    matches!(
        check,
        CheckId::Consistency | CheckId::Meaning | CheckId::Risk
    )
}

/// The words of each source that have none of their translations by the user's dictionaries; `None` where there is no
/// dictionary.
pub(super) fn unrendered(
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    options: &Translating,
) -> Vec<Option<Vec<Unrendered>>> {
    let dictionary = options.dictionaries.between(from, to);
    let unrendered = pairs.iter().map(|(source, target)| {
        let dictionary = dictionary.as_ref()?;
        Some(dictionary.unrendered(source, target))
    });
    unrendered.collect()
}

/// The risk of each segment that was translated.
pub(super) fn risks(
    pairs: &[(&str, &str)],
    (likeness, unrendered): (&[Option<Likeness>], &[Option<Vec<Unrendered>>]),
    steps: &[RouteLeg],
    earlier: &Earlier<'_>,
    done: &[Done],
) -> Vec<(usize, Risk)> {
    let (from, to) = (steps[0].from, steps[steps.len() - 1].to);
    let judged = done.iter().enumerate().map(|(i, made)| {
        let made = &made.translated;
        let mut legs: Vec<risk::Leg<'_>> = Vec::new();
        let mut before = None;
        if !is_replaced(made) {
            before = earlier.risks[i].as_ref();
            let earlier = earlier.legs.iter().map(|leg| &leg[i].translated);
            let made = earlier.chain([made]).zip(steps);
            legs.extend(made.map(|(made, step)| risk::Leg {
                text: &made.text,
                lang: step.to,
                sureness: &made.sureness,
            }));
        }
        let evidence = risk::Evidence {
            pair: Pair {
                source: pairs[i].0,
                target: &made.text,
                from,
                to,
            },
            findings: &made.findings,
            likeness: likeness[i].as_ref(),
            legs: &legs,
            unrendered: unrendered[i].as_deref(),
        };
        let asked = made.attempts > 0;
        let risk = risk::judge(&evidence).filter(|_| asked)?;
        Some((i, risk.after(before)))
    });
    judged.flatten().collect()
}

/// What the checks say of the translation of a text, and of the segment whose it is, if it is one's.
pub(super) fn judge(
    (source, segment): (&str, Option<&Segment>),
    target: &str,
    (from, to): (Lang, Lang),
    options: &Translating,
) -> Vec<Finding> {
    let pair = Pair {
        source,
        target,
        from,
        to,
    };
    let kept = segment.map(|one| one.verbatim(source)).unwrap_or_default();
    let terms = options.terms(from, to, true);
    translate::judge(&pair, &kept, &terms, &checks::Options::default())
}

/// Segments of fewer words were not measured, and idioms among them have another meaning word for word.
const MEANING_WORDS: usize = 6;

/// Compares the embeddings of both sides by `model`, of all segments in one batch; what was compared before is remembered.
/// `None` where there is nothing to compare.
pub(super) fn compare(
    session: &mut Session<'_>,
    pairs: &[(&str, &str)],
    (from, to): (Lang, Lang),
    model: &str,
) -> Result<Vec<Option<Likeness>>> {
    let mut known: Vec<Option<Likeness>> = vec![None; pairs.len()];
    let mut cache = Cache::new(session, Kind::Adequacy, (from, to), model)?;
    let mut missing: Vec<(usize, Key)> = Vec::new();
    for (i, (source, target)) in pairs.iter().enumerate() {
        if !source.chars().any(char::is_alphabetic) || target.is_empty() {
            continue;
        }
        let key = cache.key(format!("{}:{source}{target}", source.len()).as_bytes());
        known[i] = cache.find(&key);
        if known[i].is_none() {
            missing.push((i, key));
        }
    }
    if !missing.is_empty() {
        let texts = missing.iter().map(|(i, _)| pairs[*i]);
        let texts: Vec<(&str, &str)> = texts.collect();
        let made = session.embedder(model)?.compare(&texts)?;
        for ((segment, key), likeness) in missing.into_iter().zip(made) {
            cache.keep(key, "", &likeness);
            known[segment] = Some(likeness);
        }
    }
    Ok(known)
}

/// What the likeness of whole segments says.
pub(super) fn meaning(
    pairs: &[(&str, &str)],
    likeness: &[Option<Likeness>],
    between: (Lang, Lang),
) -> Vec<(usize, Finding)> {
    let long = |segment: usize| pairs[segment].0.split_whitespace().count() >= MEANING_WORDS;
    let known = likeness.iter().enumerate();
    let known = known.filter_map(|(segment, known)| Some((segment, known.as_ref()?.whole)));
    known
        .filter(|(segment, _)| long(*segment))
        .filter_map(|(segment, whole)| Some((segment, checks::meaning(whole, between)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_on_the_way_is_told_of_the_whole_way() {
        let step = |from, to| RouteLeg {
            from,
            to,
            model: "any".to_string(),
        };
        let steps = [step(Lang::IT, Lang::EN), step(Lang::EN, Lang::PT)];
        let span = |start, end| Some(Span { start, end });
        let at = |check, source, target| Finding {
            source,
            target,
            ..Finding::error(check, "it was lost")
        };
        let made = |findings: Vec<Finding>| Translated {
            attempts: 1,
            ..Translated::without_model("Any.".to_string(), findings)
        };
        let found = vec![
            at(CheckId::Number, span(2, 4), span(0, 3)),
            // The end may write what the way didn't.
            at(CheckId::Script, span(2, 4), span(0, 3)),
            Finding::warning(CheckId::Negation, "it was lost"),
        ];
        let leg = [Done {
            translated: made(found),
            from_memory: false,
        }];
        let legs = [&leg[..]];
        let earlier = Earlier {
            legs: &legs,
            risks: vec![None],
        };
        let told = |made: &Translated| earlier.inherited(0, &steps, made);
        let both = told(&made(Vec::new()));
        let checks: Vec<CheckId> = both.iter().map(|one| one.check).collect();
        assert_eq!(checks, [CheckId::Number, CheckId::Negation]);
        assert_eq!(
            both[0].message,
            "in the English it was made from, it was lost"
        );
        assert_eq!((both[0].source, both[0].target), (span(2, 4), None));
        // What the end shows too, at the same place, is told of the end.
        let same = made(vec![at(CheckId::Number, span(3, 5), None)]);
        assert_eq!(told(&same).len(), 1);
        let another = made(vec![at(CheckId::Number, span(8, 9), None)]);
        assert_eq!(told(&another).len(), 2);
        // What another way wrote has nothing from this one, and what a person wrote neither.
        let mut replaced = made(Vec::new());
        replaced.tries.push(Try {
            way: Way::OtherModel,
            text: "Any.".to_string(),
            findings: Vec::new(),
            chosen: true,
        });
        assert_eq!(told(&replaced), []);
        assert_eq!(
            told(&Translated::without_model("Any.".into(), Vec::new())),
            []
        );
    }
}
