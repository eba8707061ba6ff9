//! A summary without a model: the sentences of the article that say most of what the others say.
//!
//! A sentence's worth is its nearness to the article as a whole (the cosine of their TF-IDF vectors over stems), raised
//! where it says what the title says and stands early, as reporters put first what matters, if not always in the first
//! sentence, and lowered where it is very short, very long, begins with a quotation or speaks to the reader. A question is
//! never taken, nor words that are all another's; what leans on the sentence before it only beside that one. Then the best
//! is taken again and again, each time less what is said already.
//! Linear in the length of the article.

use std::collections::{BTreeMap, HashMap};

use super::source::{Sentence, Source, are_spoken};
use super::style::Style;
use super::terms::{Kind, Term, Vocabulary};

/// Sentences of about so many words read well.
const FEW_WORDS: usize = 6;
const MANY_WORDS: usize = 30;
/// How much of a sentence's worth is its place, the rest being its nearness to the whole.
const PLACE: f32 = 0.4;
/// And in a lead, which begins with what happened.
const PLACE_IN_LEAD: f32 = 0.7;
/// How much of the rest is how much of the title it says, where there is one.
const TITLE: f32 = 0.5;
/// How much a sentence that says nothing of the title counts among those that may say what the article is about, beside one
/// that says all of it, less 1.
const UNTITLED: f32 = 0.2;
/// How many sentences into an article its place is worth half.
const HALF_PLACE: f32 = 4.0;
/// What is left of the worth of a sentence that speaks to the reader: an order, or where to write to.
const ASIDE: f32 = 0.1;
/// A sentence of so many figures and names has many.
const MANY_FACTS: usize = 4;
/// A sentence this near to one that was chosen says the same.
const SAME: f32 = 0.6;

/// A sentence as a vector of unit length, by stem. In order, as a sum of floats depends on it: the same article must get
/// the same summary.
type Vector = BTreeMap<usize, f32>;

/// The sentences of an article, weighed once.
pub(super) struct Extractor {
    vectors: Vec<Vector>,
    worth: Vec<f32>,
    leans: Vec<bool>,
    /// How much of the title each sentence says, from 0 to 1.
    told: Vec<f32>,
}

impl Extractor {
    /// Weighs the sentences of `source` for a summary in `style`.
    pub fn new(source: &Source<'_>, style: Style) -> Self {
        let Source {
            sentences, title, ..
        } = *source;
        let vocabulary = Vocabulary::of(source.lang);
        let mut index: HashMap<String, usize> = HashMap::new();
        let mut count = |text: &str| {
            let mut counts = Vector::new();
            // A number is nobody's subject, and sentences that differ in numbers alone say the same of the article.
            let says = |term: &&Term| term.counts() && term.kind != Kind::Number;
            for term in vocabulary.terms(text).iter().filter(says) {
                let next = index.len();
                let stem = *index.entry(term.stem().to_string()).or_insert(next);
                // What an article is about are its names.
                *counts.entry(stem).or_default() += if term.kind == Kind::Name { 1.5 } else { 1.0 };
            }
            counts
        };
        let counts: Vec<Vector> = (sentences.iter())
            .map(|one| count(without_place(one)))
            .collect();
        let title = title.map(&mut count).unwrap_or_default();
        let mut within: Vec<f32> = vec![0.0; index.len()];
        for stem in counts.iter().flat_map(Vector::keys) {
            within[*stem] += 1.0;
        }
        let all = sentences.len() as f32;
        let weigh = |counts: &Vector| -> Vector {
            let weight = |(&stem, &n): (&usize, &f32)| {
                (
                    stem,
                    (1.0 + n.ln()) * ((1.0 + all) / (0.5 + within[stem])).ln(),
                )
            };
            unit(counts.iter().map(weight).collect())
        };
        let vectors: Vec<Vector> = counts.iter().map(weigh).collect();
        let title = weigh(&title);
        let told = told(sentences, &counts, &title);
        let by_title = if title.is_empty() { 0.0 } else { TITLE };
        let mut whole = title;
        for (stem, weight) in vectors.iter().flatten() {
            *whole.entry(*stem).or_default() += weight;
        }
        let whole = unit(whole);
        let leans = leaning(sentences, &vocabulary);
        let spoken = are_spoken(sentences);
        let wanted = Wanted::new(source, style, &vocabulary);
        let by_place = match style {
            Style::Lead => PLACE_IN_LEAD,
            _ => PLACE,
        };
        let mut place = 0.0;
        let mut worth = Vec::with_capacity(sentences.len());
        for (i, sentence) in sentences.iter().enumerate() {
            let early = 1.0 / (1.0 + place / HALF_PLACE);
            let early = if sentence.begins { early } else { early * 0.8 };
            let near = cosine(&vectors[i], &whole);
            let fit = match spoken[i] {
                true => 0.0,
                false if vocabulary.orders(sentence.text) => {
                    ASIDE * fitness(sentence, vectors[i].len())
                }
                false => fitness(sentence, vectors[i].len()),
            };
            let fit = fit * wanted.factor(sentence.text);
            let says = by_title * told[i] + (1.0 - by_title) * near;
            worth.push(fit * (by_place * early + (1.0 - by_place) * says));
            if sentence.is_prose {
                place += 1.0;
            }
        }
        Self {
            vectors,
            worth,
            leans,
            told,
        }
    }

    /// The sentence that says what the article is about: one that says much, and most of the title, since reporters like to
    /// begin with a scene.
    pub fn main(&self) -> Option<usize> {
        let merit = |i: usize| self.worth[i] * (UNTITLED + self.told[i]);
        let fit = (0..self.worth.len()).filter(|&i| self.can_stand(i, &[]));
        fit.max_by(|&a, &b| merit(a).total_cmp(&merit(b)).then(b.cmp(&a)))
    }

    /// With each sentence's worth multiplied by what `factor` says of it.
    pub fn scaled(mut self, factor: impl Fn(usize) -> f32) -> Self {
        for (sentence, worth) in self.worth.iter_mut().enumerate() {
            *worth *= factor(sentence);
        }
        self
    }

    /// At most `n` more sentences than `taken`, best first; both are indices.
    pub fn choose(&self, n: usize, taken: &[usize]) -> Vec<usize> {
        let mut left = self.worth.clone();
        let mut chosen: Vec<usize> = Vec::new();
        let cover = |left: &mut [f32], vectors: &[Vector], by: usize| {
            left[by] = 0.0;
            for (i, worth) in left
                .iter_mut()
                .enumerate()
                .filter(|(_, worth)| **worth > 0.0)
            {
                let same = cosine(&vectors[i], &vectors[by]);
                *worth *= if same >= SAME { 0.0 } else { 1.0 - same };
            }
        };
        let all = left.len();
        for &one in taken.iter().filter(|one| **one < all) {
            cover(&mut left, &self.vectors, one);
        }
        while chosen.len() < n {
            let told = |i: usize| chosen.contains(&i) || taken.contains(&i);
            let candidates = left.iter().enumerate().filter(|(i, worth)| {
                **worth > 0.0 && (!self.leans[*i] || i.checked_sub(1).is_some_and(told))
            });
            let best = candidates.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)));
            let Some((best, _)) = best else { break };
            cover(&mut left, &self.vectors, best);
            chosen.push(best);
        }
        chosen
    }

    /// Whether a sentence can stand in a summary beside those of `taken`: it says something, in the article's own name,
    /// and the one that it leans on is there.
    pub fn can_stand(&self, sentence: usize, taken: &[usize]) -> bool {
        self.worth[sentence] > 0.0 && !self.leans_beyond(sentence, taken)
    }

    /// Whether a sentence can't be understood without the one before it, which isn't among those `taken`.
    pub fn leans_beyond(&self, sentence: usize, taken: &[usize]) -> bool {
        let told = |before: usize| taken.contains(&before);
        self.leans[sentence] && !sentence.checked_sub(1).is_some_and(told)
    }

    /// Whether two sentences say the same.
    pub fn are_same(&self, a: usize, b: usize) -> bool {
        cosine(&self.vectors[a], &self.vectors[b]) >= SAME
    }

    /// How near what `sentences` say together is to what all say, from 0 to 1.
    pub fn nearness(&self, sentences: &[usize]) -> f32 {
        let sum = |indices: &mut dyn Iterator<Item = usize>| {
            let mut sum = Vector::new();
            for (stem, weight) in indices.flat_map(|i| &self.vectors[i]) {
                *sum.entry(*stem).or_default() += weight;
            }
            unit(sum)
        };
        let (some, all) = (
            sum(&mut sentences.iter().copied()),
            sum(&mut (0..self.vectors.len())),
        );
        cosine(&some, &all).clamp(0.0, 1.0)
    }

    /// How much a sentence says of what the article says.
    pub fn worth(&self, sentence: usize) -> f32 {
        self.worth[sentence]
    }
}

/// What a reader wants besides what says most.
struct Wanted<'v> {
    vocabulary: &'v Vocabulary,
    /// The words of the focus.
    focus: Vec<Term>,
    /// Whether figures, dates and names are wanted.
    facts: bool,
}

impl<'v> Wanted<'v> {
    fn new(source: &Source<'_>, style: Style, vocabulary: &'v Vocabulary) -> Self {
        Self {
            vocabulary,
            focus: vocabulary.focus(source.focus.unwrap_or_default()),
            facts: style == Style::KeyFacts,
        }
    }

    /// How many times more than another `sentence` is worth.
    fn factor(&self, sentence: &str) -> f32 {
        if self.focus.is_empty() && !self.facts {
            return 1.0;
        }
        let terms = self.vocabulary.terms(sentence);
        let mut factor = 1.0;
        if !self.focus.is_empty() {
            let is_there = |wanted: &&Term| terms.iter().any(|term| term.is_akin(wanted));
            let found = self.focus.iter().filter(is_there).count();
            factor *= ASIDE + found as f32 / self.focus.len() as f32;
        }
        if self.facts {
            let is_fact = |term: &&Term| matches!(term.kind, Kind::Name | Kind::Number);
            let facts = terms.iter().filter(is_fact).count();
            factor *= 0.5 + facts.min(MANY_FACTS) as f32 / MANY_FACTS as f32;
        }
        factor
    }
}

/// `sentence` without the place that news begins with, "ROME – ": what happened there is said elsewhere.
fn without_place<'s>(sentence: &Sentence<'s>) -> &'s str {
    let text = sentence.text;
    let place = [" – ", " — ", " - "]
        .iter()
        .find_map(|dash| text.split_once(dash));
    match place.filter(|_| sentence.begins) {
        Some((place, rest)) if !place.contains(char::is_lowercase) => rest,
        _ => text,
    }
}

/// How much of the `title` each of `sentences`, of which the words are counted, says, from 0 to 1. The title itself says nothing
/// more than it.
fn told(sentences: &[Sentence<'_>], counts: &[Vector], title: &Vector) -> Vec<f32> {
    let titled: f32 = title.values().sum();
    let share = |(sentence, counts): (&Sentence<'_>, &Vector)| {
        let has = |(stem, _): &(&usize, &f32)| counts.contains_key(stem);
        let said: f32 = title.iter().filter(has).map(|(_, weight)| weight).sum();
        match sentence.is_prose && titled > 0.0 {
            true => said / titled,
            false => 0.0,
        }
    };
    sentences.iter().zip(counts).map(share).collect()
}

/// Which of `sentences` lean on the one before: so they begin, or they answer it in a few words.
fn leaning(sentences: &[Sentence<'_>], vocabulary: &Vocabulary) -> Vec<bool> {
    let asks = |i: usize| sentences[i].text.trim_end().ends_with(['?', '？']);
    let answers = |i: usize| {
        let few = sentences[i].text.split_whitespace().count() <= FEW_WORDS;
        few && !sentences[i].begins && i > 0 && asks(i - 1)
    };
    let leans = |i: usize| vocabulary.leans(sentences[i].text) || answers(i);
    (0..sentences.len()).map(leans).collect()
}

/// How fit a sentence of `terms` different terms is for a summary, from 0 to 1.
fn fitness(sentence: &Sentence<'_>, terms: usize) -> f32 {
    if !sentence.says_something() || terms == 0 {
        return 0.0;
    }
    let words = sentence.text.split_whitespace().count();
    let mut fit = 1.0;
    if terms < FEW_WORDS / 2 || words < FEW_WORDS && words > 1 {
        fit *= 0.3;
    }
    if sentence.text.contains("://") || sentence.text.contains('@') {
        fit *= ASIDE;
    }
    if words > MANY_WORDS {
        fit *= (MANY_WORDS as f32 / words as f32).sqrt();
    }
    if sentence.text.trim_end().ends_with(['!', '！']) {
        fit *= 0.5;
    }
    if sentence
        .text
        .starts_with(['«', '“', '„', '"', '‘', '»', '「', '–', '—'])
    {
        fit *= 0.5;
    }
    fit
}

fn unit(mut vector: Vector) -> Vector {
    let length = vector
        .values()
        .map(|weight| weight * weight)
        .sum::<f32>()
        .sqrt();
    if length > 0.0 {
        vector.values_mut().for_each(|weight| *weight /= length);
    }
    vector
}

fn cosine(a: &Vector, b: &Vector) -> f32 {
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    few.iter()
        .filter_map(|(stem, weight)| Some(weight * many.get(stem)?))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    /// What summarises an article with this title: at most `n` sentences, in their order.
    fn extract(
        sentences: &[Sentence<'_>],
        title: Option<&str>,
        lang: Lang,
        n: usize,
    ) -> Vec<usize> {
        let source = Source {
            title,
            text: "",
            sentences,
            lang,
            focus: None,
        };
        let mut chosen = Extractor::new(&source, Style::Paragraph).choose(n, &[]);
        chosen.sort_unstable();
        chosen
    }

    fn prose<'a>(texts: &[&'a str]) -> Vec<Sentence<'a>> {
        let sentence = |(i, text): (usize, &&'a str)| Sentence {
            text,
            is_prose: true,
            begins: i % 3 == 0,
        };
        texts.iter().enumerate().map(sentence).collect()
    }

    const HARBOUR: [&str; 8] = [
        "The council of Brackwater voted on Monday to close the old harbour to cargo ships.",
        "But not all of them agreed.",
        "Is that the end of it?",
        "Cargo ships paid the council of Brackwater 2 million pounds in harbour fees last year.",
        "The council voted on Monday to close the harbour of Brackwater to cargo ships, it said.",
        "“We will not go,” said a captain.",
        "Fishing boats may stay in the old harbour, and a museum will open there in spring.",
        "The weather was fine.",
    ];

    #[test]
    fn what_is_chosen_says_most_and_nothing_twice() {
        let chosen = extract(
            &prose(&HARBOUR),
            Some("Brackwater closes its harbour"),
            Lang::EN,
            3,
        );
        assert_eq!(chosen, [0, 3, 6]);
    }

    #[test]
    fn a_scene_at_the_head_is_not_what_an_article_is_about() {
        let texts = [
            "HILL – The lamps went out, the rain came down and nobody in the hall had thought of a torch.",
            "By twelve votes to nine the council of Hill kept the library in Mill Street open for another year.",
            "The mayor had wanted to close it.",
            "The rain went on all night, and the hall stayed dark until the council went home.",
        ];
        let sentences = prose(&texts);
        let main = |title| {
            let source = Source {
                title,
                text: "",
                sentences: &sentences,
                lang: Lang::EN,
                focus: None,
            };
            Extractor::new(&source, Style::Paragraph).main()
        };
        assert_eq!(main(Some("Hill council keeps its library open")), Some(1));
        assert_eq!(main(None), Some(0));
    }

    #[test]
    fn headings_and_questions_are_never_chosen() {
        let mut sentences = prose(&HARBOUR);
        sentences[0].is_prose = false;
        let chosen = extract(&sentences, None, Lang::EN, 8);
        assert!(!chosen.contains(&0) && !chosen.contains(&2), "{chosen:?}");
        assert_eq!(extract(&[], None, Lang::EN, 3), [0; 0]);
    }

    #[test]
    fn a_language_of_which_nothing_is_known_has_summaries_too() {
        let texts = [
            "Miðvikudaginn lokaði höfnin í bænum fyrir flutningaskipum.",
            "Höfnin í bænum var byggð árið 1874 fyrir flutningaskip.",
            "Veðrið var gott.",
        ];
        let icelandic: Lang = "is".parse().unwrap();
        assert_eq!(extract(&prose(&texts), None, icelandic, 2), [0, 1]);
        let texts = [
            "市議会は月曜日に港の閉鎖を決めた。",
            "港は1874年に作られた。",
        ];
        let japanese: Lang = "ja".parse().unwrap();
        assert_eq!(extract(&prose(&texts), None, japanese, 1), [0]);
    }

    #[test]
    fn an_article_takes_far_less_than_a_tenth_of_a_second() {
        let texts: Vec<&str> = HARBOUR.iter().copied().cycle().take(400).collect();
        let sentences = prose(&texts);
        let started = std::time::Instant::now();
        extract(&sentences, None, Lang::EN, 6);
        // Generous: tests run beside others, and without optimisation.
        assert!(started.elapsed().as_millis() < 1000);
    }
}
