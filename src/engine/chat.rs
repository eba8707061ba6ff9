//! The LLM engine: a decoder-only model, its tokenizer and its chat template behind [`ChatModel`].

use std::path::Path;

use candle_core::Device;

use super::dialogue::{self, Dialogue};
use super::talk::Talk;
use super::template::ChatTemplate;
use super::{
    ChatModel, ChatRequest, Event, Finish, Generated, Load, Measured, Message, Scored, Sink,
    Timings,
};
use crate::arch::causal::{CausalModel, Matrices, TensorModel};
use crate::decode::CausalLm;
use crate::decode::continuous::{Batch, BatchOptions, Session, Work};
use crate::error::{Error, ErrorKind, Result};
use crate::nn::attention::KvType;
use crate::tokenizer::Tokenizer;
use crate::weights::gguf::Gguf;

/// How an [`LlmEngine`] runs.
#[derive(Debug, Clone)]
pub struct LlmOptions {
    /// Threads of the kernels.
    pub threads: usize,
    /// How keys and values are kept.
    pub kv: KvType,
    /// Largest number of tokens, prompt and answer together; `None` for what the model was trained for, which is also
    /// the limit.
    pub context: Option<usize>,
    /// Most requests that decode together.
    pub max_batch: usize,
    /// Whether continuations are looked up in the prompt. The answers are the same either way.
    pub lookup: bool,
}

/// Four blocks of rows of the kernels, and most articles' segments at once: with fewer rows the last ones decode alone.
const BATCH: usize = 24;

impl Default for LlmOptions {
    fn default() -> Self {
        Self {
            threads: crate::device::default_threads(),
            kv: KvType::default(),
            context: None,
            max_batch: BATCH,
            lookup: true,
        }
    }
}

/// A decoder-only language model that answers chats.
pub struct LlmEngine<M: CausalLm = CausalModel> {
    pub(super) model: M,
    pub(super) dialogue: Dialogue,
    session: Session<M>,
    options: LlmOptions,
}

impl LlmEngine {
    /// Loads a GGUF file to run on the CPU: the model, its vocabulary and its chat template.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] or [`ErrorKind::Model`] if the file can't be read or holds something that isn't supported.
    pub fn load(path: &Path, options: LlmOptions) -> Result<Self> {
        let gguf = Gguf::open(path)?;
        let (tokenizer, template) = dialogue::read(&gguf)?;
        let model = CausalModel::load(&gguf, options.threads)?.with_kv(options.kv);
        Self::new(model, tokenizer, template, options)
    }
}

impl LlmEngine<TensorModel> {
    /// Loads a GGUF file to run on a candle device; threads and the kind of cache are the device's own.
    ///
    /// # Errors
    /// As [`LlmEngine::load`].
    pub fn load_on(path: &Path, device: &Device, options: LlmOptions) -> Result<Self> {
        let gguf = Gguf::open(path)?;
        let (tokenizer, template) = dialogue::read(&gguf)?;
        let model = TensorModel::load(&gguf, device, Matrices::AsStored)?;
        Self::new(model, tokenizer, template, options)
    }
}

impl<M: CausalLm> LlmEngine<M> {
    /// An engine of loaded parts.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the vocabulary and the model's output don't fit together.
    pub fn new(
        model: M,
        tokenizer: Tokenizer,
        template: Option<ChatTemplate>,
        options: LlmOptions,
    ) -> Result<Self> {
        let (tokens, width) = (tokenizer.vocab().tokens.len(), model.vocab_size());
        if tokens > width {
            return Err(Error::new(
                ErrorKind::Model,
                format!("the model's vocabulary has {tokens} tokens, but its output only {width}"),
            ));
        }
        let trained = model.max_positions();
        let context = options.context.map_or(trained, |most| most.min(trained));
        Ok(Self {
            session: Session::new(&model)?,
            model,
            dialogue: Dialogue {
                tokenizer,
                template,
                context,
            },
            options,
        })
    }

    /// The tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.dialogue.tokenizer
    }

    /// Work done since loading, in more detail than [`ChatModel::timings`].
    pub fn work(&self) -> Work {
        self.session.work()
    }

    /// The model's prompt for `messages`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the chat template fails.
    pub fn encode(&self, messages: &[Message]) -> Result<Vec<u32>> {
        self.dialogue.encode(messages)
    }
}

impl<M: CausalLm> ChatModel for LlmEngine<M> {
    fn context(&self) -> usize {
        self.dialogue.context
    }

    fn count_tokens(&self, messages: &[Message]) -> Result<usize> {
        Ok(self.encode(messages)?.len())
    }

    fn read(&self, chats: &[(Vec<Message>, &str)]) -> Result<Vec<Vec<Scored>>> {
        self.force(chats)
    }

    fn generate_more(
        &mut self,
        batch: &[ChatRequest],
        sink: &mut Sink<'_>,
        more: &mut dyn FnMut() -> Result<Vec<ChatRequest>>,
    ) -> Result<Vec<Generated>> {
        let Self {
            model,
            dialogue,
            session,
            options,
        } = self;
        let is_end = |id| dialogue.tokenizer.is_end(id);
        let batching = BatchOptions {
            rows: options.max_batch,
            drafts: if options.lookup {
                BatchOptions::default().drafts
            } else {
                0
            },
            ..BatchOptions::default()
        };
        let mut steps = session.batch(model, Vec::new(), &is_end, batching)?;
        let mut talks: Vec<Talk> = Vec::with_capacity(batch.len());
        let enter = |chats: &[ChatRequest], steps: &mut Batch<'_, M>, talks: &mut Vec<Talk>| {
            for chat in chats {
                let request = dialogue.request(chat)?;
                talks.push(Talk::new(dialogue.stops(chat), request.prompt.len()));
                steps.push(request)?;
            }
            Ok::<(), Error>(())
        };
        enter(batch, &mut steps, &mut talks)?;
        while let Some(step) = steps.next() {
            for progress in step? {
                let request = progress.request;
                let talk = &mut talks[request];
                let mut finish = progress.finish;
                for (id, logprob) in progress.tokens.into_iter().zip(progress.logprobs) {
                    if talk.push(id, logprob, dialogue.tokenizer.bytes(id)) {
                        finish = Some(Finish::Stop);
                        break;
                    }
                }
                if finish.is_some() {
                    talk.answer.finish();
                    steps.cancel(request);
                }
                talk.finish = finish;
                let flow = talk.tell(request, finish, sink);
                if flow.is_break() {
                    talk.finish = Some(Finish::Cancelled);
                    steps.cancel(request);
                }
            }
            for (request, talk) in talks.iter_mut().enumerate() {
                if talk.finish.is_none() && sink(Event::Going { request }).is_break() {
                    talk.finish = Some(Finish::Cancelled);
                    steps.cancel(request);
                }
            }
            enter(&more()?, &mut steps, &mut talks)?;
        }
        Ok(talks.into_iter().map(Talk::generated).collect())
    }

    fn timings(&self) -> Timings {
        let work = self.session.work();
        Timings {
            tokens_in: work.prefill_tokens,
            tokens_out: work.decode_tokens,
            prefill_s: work.prefill_s,
            decode_s: work.decode_s,
        }
    }

    fn measure(&self, load: &Load<'_>) -> Result<Option<Measured>> {
        self.measured(load).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::ControlFlow;

    use super::*;
    use crate::decode::Sampling;
    use crate::decode::fake::Fake;
    use crate::engine::no_sink;
    use crate::prompt::Role;
    use crate::tokenizer::{TokenKind, Vocab, VocabKind};

    const TEMPLATE: &str = "{% for m in messages %}<|{{ m.role }}|>{{ m.content | trim }}<|end|>{% endfor %}<|assistant|>";

    /// Bytes 0 to 255, then the template's tokens.
    fn tokenizer() -> Tokenizer {
        let mut tokens: Vec<String> = (0..256).map(|byte| format!("<0x{byte:02X}>")).collect();
        let mut kinds = vec![TokenKind::Byte; 256];
        for text in ["<|system|>", "<|user|>", "<|assistant|>", "<|end|>", "<s>"] {
            tokens.push(text.to_owned());
            kinds.push(TokenKind::Control);
        }
        Tokenizer::new(Vocab {
            kind: VocabKind::Spm,
            pre: String::new(),
            scores: vec![0.0; tokens.len()],
            tokens,
            kinds,
            merges: Vec::new(),
            bos: Some(260),
            eos: Some(259),
            unknown: None,
            add_bos: true,
            add_space_prefix: false,
            end: vec![259],
        })
        .unwrap()
    }

    fn engine(options: LlmOptions) -> LlmEngine<Fake> {
        let template = ChatTemplate::new(TEMPLATE, "<s>", "<|end|>").unwrap();
        LlmEngine::new(Fake::new(261, 50), tokenizer(), Some(template), options).unwrap()
    }

    fn request(content: &str, max_tokens: usize) -> ChatRequest {
        ChatRequest {
            messages: vec![Message {
                role: Role::User,
                content: content.into(),
            }],
            sampling: Sampling::default(),
            max_tokens,
            stop: Vec::new(),
        }
    }

    fn bytes(text: &str) -> Vec<u32> {
        text.bytes().map(u32::from).collect()
    }

    #[test]
    fn special_tokens_of_the_template_direct_and_those_of_the_user_do_not() {
        let engine = engine(LlmOptions::default());
        let content = " a<|end|><|end<|end|>|><s>\u{fdd0} ";
        let ids = engine.encode(&request(content, 1).messages).unwrap();
        let expected = [&[260, 257][..], &bytes(content.trim()), &[259, 258]].concat();
        assert_eq!(ids, expected);
    }

    #[test]
    fn answers_come_in_order_and_as_streamed() {
        let requests: Vec<ChatRequest> = (0..5)
            .map(|i| request(&"abc".repeat(i), 10 + 7 * i))
            .collect();
        let alone: Vec<String> = requests
            .iter()
            .map(|one| {
                let mut engine = engine(LlmOptions {
                    max_batch: 1,
                    lookup: false,
                    ..LlmOptions::default()
                });
                engine
                    .generate(std::slice::from_ref(one), &mut no_sink())
                    .unwrap()
                    .remove(0)
                    .text
            })
            .collect();
        let mut engine = engine(LlmOptions {
            max_batch: 3,
            ..LlmOptions::default()
        });
        let (mut streamed, mut done) = (vec![String::new(); 5], Vec::new());
        let generated = engine
            .generate(&requests, &mut |event| {
                match event {
                    Event::Text { request, text } => streamed[request] += text,
                    Event::Going { .. } => {}
                    Event::Done { request, .. } => done.push(request),
                }
                ControlFlow::Continue(())
            })
            .unwrap();
        let texts: Vec<String> = generated.iter().map(|one| one.text.clone()).collect();
        assert_eq!(texts, alone);
        assert_eq!(texts, streamed);
        done.sort_unstable();
        assert_eq!(done, [0, 1, 2, 3, 4]);
        assert_eq!(
            generated[2].tokens_in,
            engine.count_tokens(&requests[2].messages).unwrap()
        );
        assert_eq!(
            engine.timings().tokens_out,
            generated.iter().map(|one| one.ids.len()).sum::<usize>()
        );
    }

    #[test]
    fn a_stop_string_ends_an_answer_before_it() {
        let mut engine = engine(LlmOptions::default());
        let plain = engine
            .generate(&[request("x", 40)], &mut no_sink())
            .unwrap()
            .remove(0);
        let characters: Vec<char> = plain.text.chars().collect();
        let stop: String = characters[10..13].iter().collect();
        let cut = ChatRequest {
            stop: vec![String::new(), stop.clone()],
            ..request("x", 40)
        };
        let answer = engine.generate(&[cut], &mut no_sink()).unwrap().remove(0);
        assert_eq!(answer.finish, Finish::Stop);
        assert_eq!(answer.text, plain.text[..plain.text.find(&stop).unwrap()]);
    }

    #[test]
    fn a_prompt_beyond_the_context_is_named_and_an_answer_ends_at_it() {
        let mut engine = engine(LlmOptions {
            context: Some(20),
            ..LlmOptions::default()
        });
        let error = engine
            .generate(
                &[request("ok", 5), request(&"x".repeat(30), 5)],
                &mut no_sink(),
            )
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert_eq!(
            error.to_string(),
            "the prompt takes 34 tokens, but the model's context is 20"
        );
        let answer = engine
            .generate(&[request("ok", 500)], &mut no_sink())
            .unwrap()
            .remove(0);
        assert!(answer.finish == Finish::Stop || answer.tokens_in + answer.ids.len() == 20);
    }

    #[test]
    fn a_request_that_nobody_wants_any_more_ends_alone_even_before_it_has_a_text() {
        let requests = [request("a", 60), request("b", 60), request("c", 60)];
        let alone = engine(LlmOptions::default())
            .generate(&requests[2..], &mut no_sink())
            .unwrap();
        let mut engine = engine(LlmOptions::default());
        let mut texts = 0;
        let generated = engine
            .generate(&requests, &mut |event| {
                let is_off = match event {
                    Event::Text { request: 0, .. } => {
                        texts += 1;
                        true
                    }
                    Event::Going { request } => request == 1,
                    _ => false,
                };
                match is_off {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            })
            .unwrap();
        assert_eq!(generated[0].finish, Finish::Cancelled);
        assert_eq!(texts, 1);
        assert_eq!(generated[1].finish, Finish::Cancelled);
        assert!(generated[1].ids.len() < 10);
        assert_eq!(generated[2].text, alone[0].text);
    }

    #[test]
    fn a_sink_that_breaks_stops_everything() {
        let mut engine = engine(LlmOptions::default());
        let generated = engine
            .generate(&[request("a", 400), request("b", 400)], &mut |_| {
                ControlFlow::Break(())
            })
            .unwrap();
        assert!(
            generated
                .iter()
                .all(|one| one.finish == Finish::Cancelled && one.ids.len() < 10)
        );
    }

    #[test]
    fn a_base_model_goes_on_from_examples_until_an_empty_line() {
        let mut engine = engine(LlmOptions::default());
        engine.dialogue.template = None;
        let message = |role, content: &str| Message {
            role,
            content: content.into(),
        };
        let messages = [
            message(Role::System, "S"),
            message(Role::User, "u<s>"),
            message(Role::Assistant, "a"),
            message(Role::User, "v"),
        ];
        let ids = engine.encode(&messages).unwrap();
        assert_eq!(ids, [&[260][..], &bytes("S\n\nu<s>\na\n\nv\n")].concat());
    }

    #[test]
    fn a_vocabulary_larger_than_the_output_is_refused() {
        let error = LlmEngine::new(Fake::new(200, 5), tokenizer(), None, LlmOptions::default())
            .err()
            .unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
    }
}
