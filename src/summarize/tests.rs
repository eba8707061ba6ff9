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
    let prompt = Prompt::builtin("summarize").unwrap();
    let chunk_prompt = Prompt::builtin("summarize-chunk").unwrap();
    let options = Options {
        length: Length::sentences(2),
        style,
        verify,
        prompt: &prompt,
        chunk_prompt: &chunk_prompt,
        sampling: &Sampling::default(),
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
    };
    summarize(model, &source, &options, &mut |_| {}).unwrap()
}

fn fake(answers: &[&'static str]) -> Fake {
    Fake {
        context: 1000,
        answers: answers.to_vec(),
        asked: Vec::new(),
    }
}

#[test]
fn a_text_that_does_not_fit_is_read_in_chunks_and_says_so() {
    let paragraphs: Vec<String> = (1..=30)
        .map(|n| format!("Paragraph {n} tells of the harbour, its ships, the salt and the grain."))
        .collect();
    let text = paragraphs.join("\n\n");
    let mut model = fake(&["The harbour has ships."]);
    model.context = 260;
    let summary = run(&mut model, &text, Style::Paragraph, Verify::Off);
    assert!(summary.chunks > 1, "{summary:?}");
    let (last, notes) = model.asked.split_last().unwrap();
    assert_eq!(notes.len(), summary.chunks);
    for paragraph in &paragraphs {
        let times = notes
            .iter()
            .filter(|asked| asked.contains(paragraph.as_str()))
            .count();
        assert_eq!(times, 1, "{paragraph}");
    }
    assert_eq!(
        last.matches("The harbour has ships.").count(),
        summary.chunks
    );
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
