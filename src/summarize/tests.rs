use std::ops::ControlFlow;

use super::*;
use crate::checks::CheckId;
use crate::engine::{Sink, Timings};
use crate::text::Lang;

/// A model with room for `context` words, a token each, that answers from a list and remembers what it was asked.
struct Fake {
    context: usize,
    answers: Vec<&'static str>,
    asked: Vec<String>,
}

impl ChatModel for Fake {
    fn context(&self) -> usize {
        self.context
    }

    fn count_tokens(&self, messages: &[Message]) -> Result<usize> {
        let words = |message: &Message| message.content.split_whitespace().count();
        Ok(messages.iter().map(words).sum())
    }

    fn generate_more(
        &mut self,
        batch: &[ChatRequest],
        sink: &mut Sink<'_>,
        _: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
    ) -> Result<Vec<Generated>> {
        let mut generated = Vec::new();
        for (request, chat) in batch.iter().enumerate() {
            let asked = chat.messages.iter().map(|message| message.content.clone());
            self.asked.push(asked.collect::<Vec<_>>().join("\n"));
            let text = match self.answers.len() {
                1 => self.answers[0],
                _ => self.answers.remove(0),
            };
            let finish = Finish::Stop;
            let _ = sink(Event::Text { request, text });
            let _ = sink(Event::Done {
                request,
                finish,
                tokens: &[],
            });
            generated.push(Generated {
                text: text.to_string(),
                ids: Vec::new(),
                tokens_in: 0,
                finish,
                score: None,
                alternatives: Vec::new(),
            });
        }
        Ok(generated)
    }

    fn timings(&self) -> Timings {
        Timings::default()
    }
}

fn run(model: &mut Fake, text: &str, style: Style, verify: Verify) -> Summary {
    run_best_of(1, model, text, style, verify)
}

fn run_best_of(
    candidates: usize,
    model: &mut Fake,
    text: &str,
    style: Style,
    verify: Verify,
) -> Summary {
    let prompt = Prompt::builtin("summarize").unwrap();
    let options = Options {
        length: Length::sentences(2),
        style,
        verify,
        prompt: &prompt,
        sampling: &Sampling::default(),
        candidates,
        max_tokens: Some(40),
    };
    let spans = sentences(text, Some(Lang::EN));
    let all: Vec<Sentence<'_>> = spans
        .iter()
        .map(|span| Sentence {
            text: span.of(text),
            is_prose: true,
            begins: span.start == 0,
        })
        .collect();
    let source = Source {
        title: Some("The harbour"),
        text,
        sentences: &all,
        lang: Lang::EN,
        focus: None,
    };
    summarize(model, &source, &options, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn fake(answers: &[&'static str]) -> Fake {
    Fake {
        context: 1000,
        answers: answers.to_vec(),
        asked: Vec::new(),
    }
}

#[test]
fn of_a_text_that_does_not_fit_the_sentences_are_read_that_say_most() {
    let (heads, tails) = (
        ["Ba", "Do", "Ki", "Lu", "Me"],
        ["ran", "sul", "tep", "gor", "vim", "nax"],
    );
    let names = heads
        .iter()
        .flat_map(|head| tails.map(|tail| format!("{head}{tail}")));
    let mut paragraphs: Vec<String> = names
        .map(|name| format!("The bakery of {name} sells bread to {name} and to the {name} hills."))
        .collect();
    // What matters may stand at the end.
    paragraphs
        .push("The harbour of the town was destroyed by a storm, and its ships sank.".to_string());
    paragraphs.push("The storm sank seven ships in the harbour of the town.".to_string());
    let text = paragraphs.join("\n\n");
    let mut model = fake(&["The harbour of the town was destroyed by a storm."]);
    model.context = 260;
    let summary = run(&mut model, &text, Style::Paragraph, Verify::Rules);
    assert_eq!(model.asked.len(), 1);
    assert!(
        model.asked[0].contains("was destroyed"),
        "{}",
        model.asked[0]
    );
    let Coverage {
        sentences,
        read,
        cited,
        nearness,
    } = summary.coverage;
    assert!(
        sentences == 32 && 1 < read && read < 32 && cited == 2,
        "{summary:?}"
    );
    assert!(0.0 < nearness && nearness < 1.0 && summary.compression < 0.5);
    assert!(summary.text.contains("destroyed by a storm"), "{summary:?}");
}

const HARBOUR: &str = "The harbour of the town was built in 1874 for salt and grain. \
                       Ships from Norway bring timber to it every week in summer. \
                       A storm destroyed the northern pier in February last year.";

#[test]
fn without_verification_an_invented_number_is_tried_again_and_then_said() {
    let mut model = fake(&[
        "The harbour was built in 1999.",
        "The harbour was built in 1874.",
    ]);
    let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
    assert_eq!(
        (summary.attempts, summary.findings.as_slice()),
        (2, &[][..])
    );
    assert!(summary.text.contains("1874"));
    assert_eq!(summary.claims[0].verdict, Verdict::Unverified);
    model.answers = vec!["The harbour was built in 1999."];
    let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
    assert_eq!(summary.attempts, 2);
    assert_eq!(summary.findings[0].check, CheckId::Number);
}

#[test]
fn what_the_article_does_not_say_gives_way_to_what_it_says() {
    let mut model = fake(&["A storm destroyed the northern pier. The harbour was built in 1999."]);
    let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Rules);
    assert_eq!(
        summary.text,
        "The harbour of the town was built in 1874 for salt and grain. A storm destroyed the northern pier."
    );
    let sources: Vec<_> = summary.claims.iter().map(|c| c.sources.clone()).collect();
    assert_eq!(sources, [vec![0], vec![2]]);
    let verdicts: Vec<_> = summary.claims.iter().map(|claim| claim.verdict).collect();
    assert_eq!(verdicts, [Verdict::Quoted, Verdict::Supported]);
    assert_eq!(summary.rejected[0].text, "The harbour was built in 1999.");
    assert_eq!((summary.attempts, summary.findings.len()), (1, 0));
}

#[test]
fn of_several_answers_what_the_article_supports_is_put_together() {
    let answers = [
        "A harbour opened in 1999. Boats bring salt.",
        "Ships from Norway bring timber to it every week. A pier burned in 1999.",
        "Ships from Norway bring timber to it every week. The harbour of the town was built in 1874.",
    ];
    let best_of = |n: usize, verify: Verify| {
        let mut model = fake(&answers[..n]);
        run_best_of(n, &mut model, HARBOUR, Style::Bullets, verify)
    };
    let kept = |made: &Summary| {
        let claims = made.claims.iter();
        claims
            .filter(|claim| claim.verdict == Verdict::Supported)
            .count()
    };
    let (one, three) = (best_of(1, Verify::Rules), best_of(3, Verify::Rules));
    assert_eq!((kept(&one), kept(&three)), (0, 2), "{three:?}");
    assert_eq!(three.attempts, 1);
    // What isn't verified is one answer: the one that least is told of.
    let made = best_of(3, Verify::Off);
    assert!(made.text.ends_with("1874."), "{made:?}");
}

#[test]
fn the_length_is_kept_where_the_text_has_so_much() {
    let mut model = fake(&["A storm destroyed the northern pier."]);
    let summary = run(&mut model, HARBOUR, Style::Bullets, Verify::Rules);
    assert_eq!(summary.text.lines().count(), 2, "{summary:?}");
    assert!(summary.text.lines().all(|line| line.starts_with("- ")));
    model.answers = vec!["Ships, ships. Salt. Grain for all. Timber. A storm."];
    let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Rules);
    assert_eq!((summary.claims.len(), summary.sentences_left_out), (2, 3));
}

#[test]
fn a_length_in_words_or_characters_is_never_overrun() {
    let spans = sentences(HARBOUR, Some(Lang::EN));
    let sentence = |span: &crate::text::Span| Sentence {
        text: span.of(HARBOUR),
        is_prose: true,
        begins: span.start == 0,
    };
    let all: Vec<Sentence<'_>> = spans.iter().map(sentence).collect();
    let source = Source {
        title: None,
        text: HARBOUR,
        sentences: &all,
        lang: Lang::EN,
        focus: None,
    };
    for style in [Style::Paragraph, Style::Bullets, Style::Headline] {
        let made = |length| summarize_without_model(&source, length, style);
        for most in 1..40 {
            let summary = made(Length::words(most));
            let words = |text: &str| text.split_whitespace().filter(|w| *w != "-").count();
            assert!(words(&summary.text) <= most, "{summary:?}");
            let most = most * 5;
            let summary = made(Length::characters(most));
            assert!(summary.text.chars().count() <= most, "{summary:?}");
            // Two of the three sentences are 100 characters or more.
            assert!(
                !summary.findings.is_empty()
                    || summary.text.len() * 100 >= most * 85
                    || style == Style::Headline
            );
        }
    }
}

#[test]
fn what_the_model_invents_twice_brings_no_sentence_twice() {
    let text = "On day 2 the storm threw stones on the pier of the harbour. \
                On day 3 the storm threw stones on the pier of the harbour. \
                Ships from Norway bring timber and grain every week in summer.";
    let mut model =
        fake(&["On day 7 the storm hurled stones. On day 3 it hurled stones on the pier."]);
    let summary = run(&mut model, text, Style::Paragraph, Verify::Rules);
    let sources: Vec<_> = summary.claims.iter().map(|c| c.sources.clone()).collect();
    assert_eq!(sources, [vec![0], vec![2]], "{summary:?}");
}

#[test]
fn a_headline_is_short_and_the_articles_own_otherwise() {
    let mut model = fake(&["A storm destroyed the northern pier"]);
    let summary = run(&mut model, HARBOUR, Style::Headline, Verify::Rules);
    assert_eq!(summary.text, "A storm destroyed the northern pier");
    model.answers = vec!["Fishermen rescued in harbour after tsunami"];
    let summary = run(&mut model, HARBOUR, Style::Headline, Verify::Rules);
    assert!(HARBOUR.contains(&summary.text), "{summary:?}");
    assert!(summary.text.split(' ').count() <= length::HEADLINE_WORDS);
}

#[test]
fn a_sentence_alone_comes_back_as_it_is() {
    let mut model = fake(&["An invention."]);
    let summary = run(&mut model, "Ships come.", Style::Paragraph, Verify::Rules);
    assert_eq!(
        (summary.text.as_str(), summary.attempts),
        ("Ships come.", 0)
    );
    assert!(model.asked.is_empty() && summary.findings.is_empty());
}

#[test]
fn verse_and_lists_come_back_as_they_are_and_that_is_told() {
    let line = |text| Sentence {
        text,
        is_prose: true,
        begins: true,
    };
    let all = [
        "The wind walks down the street",
        "and takes the name of the moon.",
        "The night has closed its window,",
        "the sea will answer soon.",
        "No boat has come to harbour,",
    ]
    .map(line);
    let made = summarize_without_model(&source(&all), Length::SHORT, Style::Paragraph);
    assert_eq!(
        made.text,
        "The wind walks down the street\nand takes the name of the moon."
    );
    assert!(made.findings[0].message.contains("hardly a sentence"));
}

#[test]
fn the_style_is_kept_and_what_is_left_out_is_counted() {
    let mut model =
        fake(&["Here are the points:\n1. Ships come.\n2. Salt leaves.\n3. Grain waits."]);
    let summary = run(&mut model, HARBOUR, Style::Bullets, Verify::Off);
    assert_eq!(summary.text, "- Ships come.\n- Salt leaves.");
    assert_eq!(summary.sentences_left_out, 1);
    model.answers = vec!["Ships come. Salt leaves. Grain waits."];
    let summary = run(&mut model, HARBOUR, Style::Paragraph, Verify::Off);
    assert_eq!(summary.text, "Ships come. Salt leaves.");
    assert_eq!(summary.sentences_left_out, 1);
}

#[test]
fn key_facts_have_figures_and_a_lead_begins_at_the_beginning() {
    let facts = summarize_without_model(
        &source(&sentences_of(MARKET)),
        Length::SHORT,
        Style::KeyFacts,
    );
    assert!(
        facts.text.lines().all(|line| line.starts_with("- ")),
        "{facts:?}"
    );
    assert!(
        facts.text.contains("1,240") && facts.text.contains("Anna Kern"),
        "{facts:?}"
    );
    let lead = summarize_without_model(&source(&sentences_of(MARKET)), Length::MEDIUM, Style::Lead);
    assert!(lead.text.starts_with("The market"), "{lead:?}");
    assert!(lead.text.split(' ').count() <= length::LEAD_WORDS && lead.findings.is_empty());
}

#[test]
fn a_focus_decides_what_is_said_and_one_that_nothing_is_about_is_told() {
    let all = sentences_of(MARKET);
    let about = |focus| {
        let source = Source {
            focus: Some(focus),
            ..source(&all)
        };
        summarize_without_model(&source, Length::sentences(1), Style::Paragraph)
    };
    let made = about("the price of fish");
    assert!(
        made.text.contains("fish") && made.findings.is_empty(),
        "{made:?}"
    );
    let made = about("Albert Einstein");
    assert_eq!(made.findings[0].check, CheckId::Meaning);
    assert!(made.findings[0].message.contains("English"));
}

const MARKET: &str = "The market of the town will move to the old harbour in spring. \
                      Sellers at the market have asked for a new market hall for years. \
                      The council under Anna Kern voted for the move with 1,240 of 2,000 pages read. \
                      A new market hall would make the town proud, the sellers of the market say. \
                      Last year the sale of fish fell, as the price of fish had doubled.";

fn sentences_of(text: &'static str) -> Vec<Sentence<'static>> {
    let sentence = |span: &crate::text::Span| Sentence {
        text: span.of(text),
        is_prose: true,
        begins: span.start == 0,
    };
    sentences(text, Some(Lang::EN))
        .iter()
        .map(sentence)
        .collect()
}

fn source<'a>(sentences: &'a [Sentence<'a>]) -> Source<'a> {
    Source {
        title: None,
        text: MARKET,
        sentences,
        lang: Lang::EN,
        focus: None,
    }
}

fn candidate(at: usize, sure: f32) -> Candidate {
    Candidate {
        claim: Claim {
            text: format!("Translated {at}."),
            original: None,
            sources: vec![at],
            evidence: Vec::new(),
            verdict: Verdict::Quoted,
            risk: None,
            findings: Vec::new(),
        },
        sure,
    }
}

#[test]
fn of_translated_sentences_the_sure_ones_stand_and_what_must_not_stand_never_does() {
    let all = sentences_of(MARKET);
    let chosen = |sure: [f32; 5], style| {
        let candidates: Vec<_> = sure
            .iter()
            .enumerate()
            .map(|(at, &sure)| candidate(at, sure))
            .collect();
        let budget = Budget::new(Length::sentences(2), style);
        let claims = choose(&source(&all), &candidates, &budget);
        claims.iter().map(|one| one.sources[0]).collect::<Vec<_>>()
    };
    // All alike: what says most.
    assert!(chosen([0.7; 5], Style::Paragraph).contains(&0));
    assert_eq!(chosen([0.0, 0.9, 0.0, 0.0, 0.9], Style::Paragraph), [1, 4]);
    assert_eq!(chosen([0.2, 0.9, 0.2, 0.2, 0.9], Style::Paragraph), [1, 4]);
    // What the article is about is said even if others are surer.
    assert!(chosen([0.6, 1.0, 1.0, 1.0, 1.0], Style::Paragraph).contains(&0));
    assert_eq!(chosen([0.0; 5], Style::Paragraph), [0; 0]);
    assert_eq!(chosen([0.4, 0.9, 0.9, 0.9, 0.9], Style::Headline), [1]);
}

#[test]
fn the_title_stands_in_for_a_sentence_that_is_not_sure() {
    let mut all = sentences_of(MARKET);
    all.insert(
        0,
        Sentence {
            text: "The market moves",
            is_prose: false,
            begins: true,
        },
    );
    let source = Source {
        title: Some("The market moves"),
        ..source(&all)
    };
    let title = title(&source).unwrap();
    assert_eq!(title.sources, [0]);
    let mut candidates: Vec<_> = (1..6).map(|at| candidate(at, 0.8)).collect();
    candidates.push(Candidate {
        claim: title,
        sure: 0.9,
    });
    let budget = Budget::new(Length::sentences(2), Style::Paragraph);
    let texts = |candidates: &[Candidate]| -> Vec<String> {
        let claims = choose(&source, candidates, &budget).into_iter();
        claims.map(|one| one.text).collect()
    };
    assert_eq!(texts(&candidates)[0], "Translated 1.");
    candidates[0].sure = 0.0;
    let made = texts(&candidates);
    assert_eq!((made.len(), made[0].as_str()), (2, "The market moves."));
}

#[test]
fn a_digest_says_once_what_two_articles_say_and_cites_both() {
    let summary = |texts: &[&str]| {
        let mut summary = summarize_without_model(&source(&[]), Length::SHORT, Style::Paragraph);
        summary.claims = texts.iter().map(|text| Claim::bare(text)).collect();
        summary
    };
    let one = summary(&[
        "The harbour of the town was closed by a storm on Monday.",
        "Two ships sank off the coast of the island.",
    ]);
    let two = summary(&[
        "On Monday a storm closed the harbour of the town.",
        "Insurers expect claims of 3 million pounds.",
    ]);
    let made = |length| digest(&[&one, &two], Lang::EN, length, Style::Paragraph);
    let told = made(Length::LONG);
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0].articles, [1, 2]);
    let text = write_out(&told, Style::Paragraph);
    assert!(text.contains("Monday. [1][2] Two"), "{text}");
    assert!(write_out(&told, Style::KeyFacts).starts_with("- The harbour"));
    let told = made(Length::sentences(2));
    let cited: Vec<_> = told.iter().map(|one| one.articles.clone()).collect();
    assert_eq!(cited, [vec![1, 2], vec![2]], "{told:?}");
}
