//! One digest of several articles: the sentences of their summaries, which are in one language, each once.

use serde::Serialize;

use super::claim::Claim;
use super::compose;
use super::extract::Extractor;
use super::length::{Budget, Length};
use super::source::{Sentence, Source};
use super::style::Style;
use super::summary::Summary;
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
        let known = kept
            .iter()
            .position(|&other| article[other] != article[at] && extractor.are_same(other, at));
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
        let claim = |&at: &usize| compose::bare(&texts[at]);
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
