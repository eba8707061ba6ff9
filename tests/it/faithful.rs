//! Repair, choice and glossaries with models that say what a test wants, and what the program says about glossaries.

use std::sync::{Arc, Mutex};

use traghetto::Result;
use traghetto::checks::CheckId;
use traghetto::engine::{
    ChatModel, ChatRequest, Engine, Event, Finish, Generated, Message, Sampling, Scored, Sink,
    Timings, TranslationModel,
};
use traghetto::prompt::Prompt;
use traghetto::text::Lang;
use traghetto::text::dictionary::Dictionaries;
use traghetto::text::glossary::Glossary;
use traghetto::translate::{Options, Repair, Source, Translated, Update, Way, translate};

use crate::support::traghetto;

/// How probable a model holds each of its words that the tests' dictionary doesn't know.
const UNSURE: f32 = -6.0;

/// Tells `texts` as an engine does, of the unsure ones how probable they are; the first one answers request `first`.
fn tell(first: usize, texts: Vec<String>, sink: &mut Sink<'_>) -> Vec<Generated> {
    for (request, text) in (first..).zip(&texts) {
        let _ = sink(Event::Text { request, text });
        let finish = Finish::Stop;
        let logprob = if text.contains("castle") {
            UNSURE
        } else {
            -0.1
        };
        let scored = [Scored {
            bytes: text.len(),
            logprob,
        }];
        let tells = ["castle", "barracks"]
            .iter()
            .any(|word| text.contains(word));
        let tokens = if tells { &scored[..] } else { &[] };
        let _ = sink(Event::Done {
            request,
            finish,
            tokens,
        });
    }
    let generated = |text| Generated {
        text,
        ids: Vec::new(),
        tokens_in: 0,
        finish: Finish::Stop,
        score: None,
        alternatives: Vec::new(),
    };
    texts.into_iter().map(generated).collect()
}

/// Answers by a function of the messages and how freely it is drawn.
struct Scripted<F> {
    answer: F,
    asked: Arc<Mutex<Vec<String>>>,
}

impl<F: Fn(&[&str], &Sampling) -> String + Send> ChatModel for Scripted<F> {
    fn context(&self) -> usize {
        4096
    }

    fn count_tokens(&self, _: &[Message]) -> Result<usize> {
        Ok(1)
    }

    fn generate_more(
        &mut self,
        batch: &[ChatRequest],
        sink: &mut Sink<'_>,
        more: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
    ) -> Result<Vec<Generated>> {
        let answer = |request: &ChatRequest| {
            let all: Vec<&str> = request.messages.iter().map(|m| &*m.content).collect();
            self.asked.lock().unwrap().push(all.join("\n"));
            (self.answer)(&all, &request.sampling)
        };
        let (mut batch, mut made) = (batch.to_vec(), Vec::new());
        while !batch.is_empty() {
            let texts = batch.iter().map(answer).collect();
            made.extend(tell(made.len(), texts, sink));
            batch = more()?;
        }
        Ok(made)
    }

    fn timings(&self) -> Timings {
        Timings::default()
    }
}

struct Job {
    from: Lang,
    to: Lang,
    candidates: usize,
    repair: Repair,
    glossary: Option<Glossary>,
    dictionaries: Dictionaries,
}

impl Default for Job {
    fn default() -> Self {
        Self {
            from: Lang::IT,
            to: Lang::EN,
            candidates: 1,
            repair: Repair::Auto,
            glossary: None,
            dictionaries: Dictionaries::default(),
        }
    }
}

impl Job {
    fn run(&self, engine: &mut Engine, text: &str) -> Translated {
        let prompt = Prompt::builtin("translate").unwrap();
        let glossary = self.glossary.as_ref();
        let terms = glossary.map_or_else(Vec::new, |all| all.terms(self.from, self.to, true));
        let dictionary = self.dictionaries.between(self.from, self.to);
        let options = Options {
            from: self.from,
            to: self.to,
            prompt: &prompt,
            sampling: &Sampling::default(),
            max_tokens: None,
            candidates: self.candidates,
            repair: self.repair,
            terms: &terms,
            dictionary: dictionary.as_ref(),
        };
        let source = Source {
            text,
            context: "",
            kept: &[],
            common: &[],
            linked: false,
        };
        let mut finals = 0;
        let mut on =
            |update: Update<'_>| finals += usize::from(matches!(update, Update::Final { .. }));
        let mut made = translate(engine, &[source], &options, &mut on).unwrap();
        assert_eq!((made.len(), finals), (1, 1));
        made.remove(0)
    }

    /// What becomes of `text`, and what the model was asked.
    fn chat(
        &self,
        text: &str,
        answer: impl Fn(&[&str], &Sampling) -> String + Send + 'static,
    ) -> (Translated, Vec<String>) {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let model = Scripted {
            answer,
            asked: Arc::clone(&asked),
        };
        let made = self.run(&mut Engine::Chat(Box::new(model)), text);
        let asked = std::mem::take(&mut *asked.lock().unwrap());
        (made, asked)
    }
}

const SOURCE: &str =
    "Sette persone sono state arrestate giovedì, dopo una lunga indagine della polizia.";
const GOOD: &str =
    "Seven people were arrested on Thursday, after a long investigation by the police.";
const BAD: &str =
    "Seven people were injured on Thursday, after a long investigation by the police.";
const WORSE: &str =
    "Nine people were injured on Tuesday, after a long investigation by the police.";

fn ways(made: &Translated) -> Vec<(Way, bool)> {
    made.tries.iter().map(|one| (one.way, one.chosen)).collect()
}

#[test]
fn a_good_answer_is_asked_for_once() {
    let (made, asked) = Job::default().chat(SOURCE, |_, _| GOOD.into());
    assert_eq!((made.text.as_str(), made.attempts), (GOOD, 1));
    assert!(made.findings.is_empty() && made.tries.is_empty());
    assert_eq!(asked.len(), 1);
}

#[test]
fn what_failed_is_named_and_the_story_is_told() {
    let named = "In the next text, \"arrestate\" means \"arrest\".";
    let (made, asked) = Job::default().chat(SOURCE, move |messages, sampling| {
        assert_eq!(*sampling, Sampling::default());
        match messages.contains(&named) {
            true => GOOD.into(),
            false => BAD.into(),
        }
    });
    assert_eq!(made.text, GOOD);
    assert_eq!(ways(&made), [(Way::First, false), (Way::Named, true)]);
    assert_eq!(made.tries[0].findings, [CheckId::Event]);
    assert_eq!((made.attempts, asked.len()), (2, 2));
    let (first, again) = (asked[0].trim_end_matches(SOURCE), &asked[1]);
    assert!(again.starts_with(first), "{again} begins like {first}");
}

#[test]
fn a_word_that_went_wrong_is_explained() {
    let explains = |messages: &[&str], what: &str| {
        let note = format!("In the next text, {what}.");
        messages.iter().any(|message| *message == note)
    };
    let denied = "\"smentito\" means \"denied\"";
    let (made, asked) =
        Job::default().chat(
            "Il ministro ha smentito la notizia.",
            move |m, _| match explains(m, denied) {
                true => "The minister denied the news.".into(),
                false => "The minister confirmed the news.".into(),
            },
        );
    assert_eq!(made.text, "The minister denied the news.");
    assert!(made.findings.is_empty(), "{:?}", made.findings);
    assert_eq!(asked.len(), 2);

    let foiled = "\"sventato\" means \"foiled\"";
    let source = "Il governo ha sventato un colpo di stato.";
    let (made, asked) = Job::default().chat(source, move |m, _| match explains(m, foiled) {
        true => "The government foiled a coup.".into(),
        false => "The government carried out a coup.".into(),
    });
    assert_eq!(
        (made.text.as_str(), asked.len()),
        ("The government foiled a coup.", 2)
    );
}

#[test]
fn nothing_worse_or_equal_takes_the_place_of_an_answer() {
    for answer in [WORSE, BAD] {
        let (made, asked) = Job::default().chat(SOURCE, move |messages, _| {
            match messages.iter().any(|message| message.contains("means")) {
                false => BAD.into(),
                true => answer.into(),
            }
        });
        assert_eq!(made.text, BAD);
        assert_eq!(made.findings[0].check, CheckId::Event);
        assert!(made.tries[0].chosen);
        assert_eq!(made.tries.iter().filter(|one| one.chosen).count(), 1);
        // The cost is bounded: the first, one that names the item, one that insists.
        assert_eq!(asked.len(), 3);
    }
}

#[test]
fn the_source_stands_where_a_model_only_says_its_prompt_again() {
    let echo = |_: &[&str], _: &Sampling| {
        "For understanding only, this is what the article says just before the next text: Finito."
            .to_owned()
    };
    let (made, _) = Job::default().chat(SOURCE, echo);
    assert_eq!(made.text, SOURCE);
    let told: Vec<CheckId> = made.findings.iter().map(|one| one.check).collect();
    assert_eq!(told, [CheckId::Leak]);
    // Who wants nothing mended gets what the model said, and is told what it is.
    let job = Job {
        repair: Repair::Off,
        ..Job::default()
    };
    let (made, _) = job.chat(SOURCE, echo);
    assert!(made.text.starts_with("For understanding"), "{}", made.text);
    assert!(made.findings.iter().any(|one| one.check == CheckId::Leak));
}

#[test]
fn off_reports_and_asks_no_more() {
    let job = Job {
        repair: Repair::Off,
        ..Job::default()
    };
    let (made, asked) = job.chat(SOURCE, |_, _| BAD.into());
    assert_eq!((made.text.as_str(), asked.len()), (BAD, 1));
    assert_eq!(made.findings.len(), 1);
}

#[test]
fn thorough_goes_clause_by_clause() {
    let job = Job {
        repair: Repair::Thorough,
        ..Job::default()
    };
    let (made, asked) = job.chat(SOURCE, |messages, _| match *messages.last().unwrap() {
        "Sette persone sono state arrestate giovedì," => {
            "Seven people were arrested on Thursday.".into()
        }
        "dopo una lunga indagine della polizia." => {
            "After a long investigation by the police.".into()
        }
        _ => BAD.into(),
    });
    assert_eq!(made.text, GOOD);
    assert_eq!(ways(&made).last(), Some(&(Way::Clauses, true)));
    assert_eq!(asked.len(), 1 + 2 + 6 + 2);
}

#[test]
fn of_several_candidates_the_checks_choose_first() {
    let job = Job {
        candidates: 4,
        ..Job::default()
    };
    let (made, asked) = job.chat(SOURCE, |_, sampling| match sampling.seed {
        2 => GOOD.into(),
        _ => BAD.into(),
    });
    assert_eq!(made.text, GOOD);
    // What is wrong with the greedy answer is named once, which doesn't mend it here.
    assert_eq!(asked.len(), 5);
    let expected = [
        (Way::First, false),
        (Way::Candidate, false),
        (Way::Candidate, true),
        (Way::Candidate, false),
        (Way::Named, false),
    ];
    assert_eq!(ways(&made), expected);
}

fn glossary() -> Option<Glossary> {
    let text = "Consiglio\tBoard\nAstana\t\t\tyes\n";
    Some(Glossary::parse(text, "tsv", "terms").unwrap())
}

#[test]
fn a_glossary_goes_into_the_prompt_and_is_verified() {
    let job = Job {
        glossary: glossary(),
        ..Job::default()
    };
    let source = "Il Consiglio si è riunito ad Astana.";
    let (made, asked) = job.chat(source, |_, _| "The Board met in Astana.".into());
    assert!(made.findings.is_empty(), "{:?}", made.findings);
    assert!(
        asked[0].contains("\"Consiglio\" is \"Board\"; \"Astana\" is \"Astana\"."),
        "{asked:?}"
    );
    let (made, _) = job.chat(source, |_, _| "The Council met in Astana.".into());
    let checks: Vec<CheckId> = made.findings.iter().map(|finding| finding.check).collect();
    assert_eq!(checks, [CheckId::Term]);
    let (_, asked) = job.chat("Piove da giorni.", |_, _| {
        "It has been raining for days.".into()
    });
    assert!(!asked[0].contains("Board"));
}

#[test]
fn a_dictionary_explains_words_of_doubtful_answers_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it-en.tsv");
    std::fs::write(
        &path,
        "caserma\tbarracks, garrison, quarters, station\ncane\tdog\n",
    )
    .unwrap();
    let open = |path: &std::path::Path| {
        Dictionaries::open(&[path.display().to_string().parse().unwrap()]).unwrap()
    };
    let job = Job {
        dictionaries: open(&path),
        ..Job::default()
    };
    let answer = |all: &[&str], _: &Sampling| {
        let told = all.iter().any(|text| text.contains("barracks"));
        let place = if told { "barracks" } else { "castle" };
        format!("The dog sleeps in the {place} today.")
    };
    let source = "Il cane oggi dorme nella caserma.";
    let (made, asked) = job.chat(source, answer);
    assert_eq!(made.text, "The dog sleeps in the barracks today.");
    assert_eq!(ways(&made), [(Way::First, false), (Way::Named, true)]);
    let said = "\"caserma\" means \"barracks, garrison or quarters\"";
    assert!(
        asked[1].contains(said) && !asked[1].contains("\"cane\""),
        "{asked:?}"
    );
    // Without a dictionary, and where nothing is lost or the model is sure, nothing is asked again.
    let (_, asked) = Job::default().chat(source, answer);
    assert_eq!(asked.len(), 1);
    let (_, asked) = job.chat(source, |_, _| {
        "The dog sleeps in the barracks today.".into()
    });
    assert_eq!(asked.len(), 1);
    let (_, asked) = job.chat(source, |_, _| "The dog sleeps in the house today.".into());
    assert_eq!(asked.len(), 1);
}

/// Copies words that it doesn't know, as small translation models do; drops the protected words if `forgets`.
struct Student {
    forgets: bool,
}

impl TranslationModel for Student {
    fn supports(&self, _: Lang, _: Lang) -> bool {
        true
    }

    fn translate(
        &mut self,
        sentences: &[&str],
        _: Lang,
        _: Lang,
        sink: &mut Sink<'_>,
    ) -> Result<Vec<Generated>> {
        let forgets = self.forgets;
        let translated = |sentence: &&str| {
            let text = sentence
                .replace("Il ", "The ")
                .replace("Consiglio", "Council")
                .replace("si è riunito ad", "met in");
            match forgets {
                true => text.replace("Xqz1", "it").replace("Xqz2", "here"),
                false => text,
            }
        };
        Ok(tell(0, sentences.iter().map(translated).collect(), sink))
    }

    fn timings(&self) -> Timings {
        Timings::default()
    }
}

#[test]
fn a_translation_model_is_kept_from_the_terms() {
    let job = Job {
        glossary: glossary(),
        ..Job::default()
    };
    let source = "Il Consiglio si è riunito ad Astana.";
    let run = |forgets| {
        job.run(
            &mut Engine::Translation(Box::new(Student { forgets })),
            source,
        )
    };
    let made = run(false);
    assert_eq!(
        (made.text.as_str(), made.attempts),
        ("The Board met in Astana.", 1)
    );
    // A model that drops the words in the terms' places is asked without them, and the reader is told.
    let made = run(true);
    assert_eq!(made.text, "The Council met in Astana.");
    assert_eq!(made.findings[0].check, CheckId::Term);
    assert_eq!(ways(&made).last(), Some(&(Way::Unprotected, true)));
}

#[test]
fn the_program_refuses_a_bad_glossary_before_it_loads_anything() {
    let home = tempfile::tempdir().unwrap();
    let article = home.path().join("a.txt");
    std::fs::write(&article, "Il governo ha vinto le elezioni.").unwrap();
    for (name, text, languages, expected) in [
        (
            "double.tsv",
            "a\tb\na\tc\n",
            "en",
            "line 2: \"a\" is there twice",
        ),
        (
            "circle.csv",
            "a,b\nb,a\n",
            "en",
            "it leads in a circle: a → b → a",
        ),
        ("lines.tsv", "alone\n", "en", "\"alone\" has no translation"),
        ("mute.tsv", "a\tb\n", "en,pt", "doesn't say which language"),
        ("broken.tbx", "<martif>", "en", "no well-formed XML"),
    ] {
        let glossary = home.path().join(name);
        std::fs::write(&glossary, text).unwrap();
        let mut command = traghetto(home.path());
        command
            .arg("run")
            .arg(&article)
            .args(["--from", "it", "--to", languages]);
        command
            .arg("--glossary")
            .arg(&glossary)
            .arg("--out")
            .arg(home.path().join("out"));
        let output = command.assert().code(2).get_output().clone();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(expected), "{name}: {said}");
    }
}
