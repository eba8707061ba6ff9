//! The engine on real weights.

use candle_core::Device;
use traghetto::engine::{
    ChatModel, ChatRequest, LlmEngine, LlmOptions, Message, Role, Sampling, no_sink,
};

use crate::support::weights;

fn ask(content: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![Message {
            role: Role::User,
            content: content.into(),
        }],
        sampling: Sampling::default(),
        max_tokens: 24,
        stop: Vec::new(),
    }
}

fn engine(max_batch: usize, lookup: bool) -> LlmEngine {
    let options = LlmOptions {
        max_batch,
        lookup,
        ..LlmOptions::default()
    };
    LlmEngine::load(&weights("smollm2-135m-instruct-q4_1.gguf"), options).unwrap()
}

#[test]
fn a_chat_prompt_has_the_ids_of_llama_cpp() {
    // llama-cpp-python 0.3.36, `tokenize(prompt, add_bos=False, special=True)` of the template's text.
    let wanted = [
        1, 9690, 198, 2683, 359, 253, 5356, 5646, 11173, 3365, 3511, 308, 34519, 28, 7018, 411,
        407, 19712, 8182, 2, 198, 1, 4093, 198, 1780, 314, 260, 3575, 282, 7158, 47, 2, 198, 1,
        520, 9531, 198,
    ];
    let chat = ask("What is the capital of Italy?");
    assert_eq!(engine(1, false).encode(&chat.messages).unwrap(), wanted);
}

/// The whole engine on what runs on GPUs, here on candle's CPU device: three requests, two at a time.
#[test]
fn an_engine_on_tensors_answers() {
    let options = LlmOptions {
        max_batch: 2,
        ..LlmOptions::default()
    };
    let path = weights("smollm2-135m-instruct-q4_1.gguf");
    let mut engine = LlmEngine::load_on(&path, &Device::Cpu, options).unwrap();
    let chats = [8, 12, 8].map(|max_tokens| ChatRequest {
        max_tokens,
        ..ask("Repeat: one two three one two three")
    });
    for answer in engine.generate(&chats, &mut no_sink()).unwrap() {
        assert!(
            answer.text.starts_with("One two three one two three"),
            "{}",
            answer.text
        );
    }
}

#[test]
fn batched_and_looked_up_answers_equal_single_ones() {
    let chats = [
        ask("What is the capital of Italy?"),
        ask("Repeat: one two three one two three one two three"),
        ask("Hi"),
        ask("List four fruits, then list the same four fruits again."),
    ];
    let mut single = engine(1, false);
    let alone: Vec<String> = chats
        .iter()
        .map(|chat| {
            single
                .generate(std::slice::from_ref(chat), &mut no_sink())
                .unwrap()
                .remove(0)
                .text
        })
        .collect();
    let together = engine(3, true).generate(&chats, &mut no_sink()).unwrap();
    let together: Vec<String> = together.into_iter().map(|one| one.text).collect();
    assert_eq!(together, alone);
}
