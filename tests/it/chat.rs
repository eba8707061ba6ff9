//! Chat templates against Jinja2 (`tests/fixtures/chat/make.py`).

use serde_json::Value;
use traghetto::engine::{ChatTemplate, Message, Role, Sampling};
use traghetto::prompt::Prompt;

#[test]
fn templates_render_as_in_jinja2() {
    let cases: Value =
        serde_json::from_str(include_str!("../fixtures/chat/templates.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let text = |key: &str| case[key].as_str().unwrap();
        let template = ChatTemplate::new(text("template"), text("bos"), text("eos")).unwrap();
        for chat in case["chats"].as_array().unwrap() {
            let messages: Vec<Message> = chat["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|message| Message {
                    role: match message["role"].as_str().unwrap() {
                        "system" => Role::System,
                        "user" => Role::User,
                        _ => Role::Assistant,
                    },
                    content: message["content"].as_str().unwrap().to_owned(),
                })
                .collect();
            let found = template.render(&messages);
            match chat["prompt"].as_str() {
                Some(wanted) if found.as_deref().ok() == Some(wanted) => {}
                // Where Jinja2 refuses a system message, ours goes to the user.
                None if found
                    .as_ref()
                    .is_ok_and(|prompt| prompt.contains(messages[0].content.trim())) => {}
                wanted => wrong.push(format!(
                    "{}:\n found {found:?}\nwanted {wanted:?}",
                    text("name")
                )),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_parameters_of_the_prompts_that_are_compiled_in_tell_how_to_sample() {
    for name in Prompt::builtin_names() {
        Prompt::builtin(name)
            .unwrap()
            .parameters::<Sampling>()
            .unwrap();
    }
}
