//! One digest of several articles: the sentences of their summaries, which are in one language, each once.

use serde::Serialize;

use super::claim::Claim;
use super::extract::Extractor;
use super::length::{Budget, Length};
use super::source::{Sentence, Source};
use super::style::Style;
use super::summary::Summary;
use super::verify::agree;
use crate::text::Lang;

/// A sentence of a digest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// The sentence.
    pub text: String,
    /// The articles that say so, by number, from 1.
    pub articles: Vec<usize>,
}

/// The sentences of `summaries`, which are those of articles in order, in `lang`; what two articles say stands once and
/// cites both. If that is more than `length` has room for, the longest summaries lose their last sentences, never a first.
pub fn digest(summaries: &[&Summary], lang: Lang, length: Length, style: Style) -> Vec<Told> {
    let claims = || summaries.iter().flat_map(|one| &one.claims);
    let sentence = |claim: &'_ Claim| -> String { claim.text.clone() };
    let texts: Vec<String> = claims().map(sentence).collect();
    let sentences: Vec<Sentence<'_>> = texts
        .iter()
        .map(|text| Sentence {
            text,
            is_prose: true,
            begins: true,
        })
        .collect();
    let source = Source {
        title: None,
        text: "",
        sentences: &sentences,
        lang,
        focus: None,
    };
    let extractor = Extractor::new(&source, Style::Paragraph);
    let articles = summaries.iter().enumerate();
    let article: Vec<usize> = articles
        .flat_map(|(i, one)| vec![i + 1; one.claims.len()])
        .collect();
    let mut kept: Vec<usize> = Vec::new();
    let mut cites: Vec<Vec<usize>> = Vec::new();
    for at in 0..texts.len() {
        // To be about the same is not to say the same: what one article says must not be laid to another that denies it.
        let is_known = |&other: &usize| {
            article[other] != article[at]
                && extractor.are_same(other, at)
                && agree(&texts[other], &texts[at], lang)
        };
        let known = kept.iter().position(is_known);
        match known {
            Some(known) if cites[known].contains(&article[at]) => {}
            Some(known) => cites[known].push(article[at]),
            None => {
                kept.push(at);
                cites.push(vec![article[at]]);
            }
        }
    }
    let budget = Budget::of_all(length, style, summaries.len());
    let of = |all: &[usize]| -> Vec<Claim> {
        let claim = |&at: &usize| Claim::bare(&texts[at]);
        all.iter().map(claim).collect()
    };
    while !budget.holds(&of(&kept)) {
        let count = |at: usize| {
            kept.iter()
                .filter(|&&one| article[one] == article[at])
                .count()
        };
        let last = (0..kept.len()).max_by_key(|&i| (count(kept[i]), i));
        let Some(last) = last.filter(|&i| count(kept[i]) > 1) else {
            break;
        };
        kept.remove(last);
        cites.remove(last);
    }
    let told = kept.into_iter().zip(cites);
    told.map(|(at, articles)| Told {
        text: texts[at].clone(),
        articles,
    })
    .collect()
}

/// The text of a digest: each sentence with the numbers of its articles behind it, in brackets.
pub fn write_out(told: &[Told], style: Style) -> String {
    let cited = |one: &Told| {
        let numbers: Vec<String> = one.articles.iter().map(|n| format!("[{n}]")).collect();
        format!("{} {}", one.text, numbers.join(""))
    };
    let pieces: Vec<String> = told.iter().map(cited).collect();
    let pieces = pieces.iter().map(String::as_str);
    match style {
        Style::Paragraph | Style::Lead => Style::Paragraph.join(pieces),
        _ => Style::Bullets.join(pieces),
    }
}

#[cfg(test)]
mod tests {
    use super::super::summarize_without_model;
    use super::*;

    #[test]
    fn a_digest_lays_to_no_article_what_it_denies() {
        let council =
            "The city council of Bergen approved the plan for the new bridge over the river.";
        let court = "The court in Rovigo acquitted the former minister of corruption on Friday.";
        let storm = "The storm killed 12 people in the villages of the northern coast.";
        let vote = "The members of the parliament voted for the reform of the pensions.";
        let siege = "The rebels attacked the soldiers near the old fortress of the town.";
        for (one, other) in [
            (council, council.replace("approved", "has not approved")),
            (court, court.replace("acquitted", "convicted")),
            (storm, storm.replace("12", "340")),
            (storm, storm.replace("northern", "southern")),
            (vote, vote.replace("for the reform", "against the reform")),
            (siege, siege.replace("attacked", "were attacked by")),
            (
                siege,
                "The soldiers attacked the rebels near the old fortress of the town.".to_owned(),
            ),
        ] {
            let summary = |text: &str| {
                let sentences: [Sentence<'_>; 0] = [];
                let source = Source {
                    title: None,
                    text: "",
                    sentences: &sentences,
                    lang: Lang::EN,
                    focus: None,
                };
                let mut summary = summarize_without_model(&source, Length::SHORT, Style::Paragraph);
                summary.claims = vec![Claim::bare(text)];
                summary
            };
            let both = [&summary(one), &summary(&other)];
            let told = digest(&both, Lang::EN, Length::LONG, Style::Paragraph);
            let cited: Vec<_> = told.iter().map(|one| one.articles.clone()).collect();
            assert_eq!(cited, [vec![1], vec![2]], "{told:?}");
            let same = [both[0], both[0]];
            let told = digest(&same, Lang::EN, Length::LONG, Style::Paragraph);
            assert_eq!(told.len(), 1, "{told:?}");
        }
    }
}
