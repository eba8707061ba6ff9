//! A model's own chat template, rendered as Jinja2 renders it in `transformers` (`utils/chat_template_utils.py`).

use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde};
use minijinja::{Environment, ErrorKind as Jinja, Value, context};
use regex::{Captures, Regex};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter, Serializer};

use super::{Message, Role};
use crate::error::{Error, ErrorKind, Result};

/// Steps that a template may take: thousands of times what the longest known one needs for a long chat.
const FUEL: u64 = 10_000_000;

/// A compiled chat template.
pub struct ChatTemplate {
    environment: Environment<'static>,
    bos: String,
    eos: String,
    /// Whether it writes the instruction itself, from a text and the codes of its languages (TranslateGemma).
    takes_codes: bool,
}

/// A message as templates get it that take codes of languages.
#[derive(Serialize)]
struct Coded<'a> {
    role: Role,
    content: Content<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Content<'a> {
    Text(&'a str),
    Parts([Part<'a>; 1]),
}

#[derive(Serialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    text: &'a str,
    source_lang_code: &'a str,
    target_lang_code: &'a str,
}

/// Parts the codes, on the first line of what a user says, from the text after it: the prompt of such a model says both.
fn coded(message: &Message) -> Result<Coded<'_>> {
    let Message { role, content } = message;
    if *role != Role::User {
        return Ok(Coded {
            role: *role,
            content: Content::Text(content),
        });
    }
    let parts = content.split_once('\n').and_then(|(codes, text)| {
        let (source_lang_code, target_lang_code) = codes.trim().split_once(' ')?;
        let is_code = |code: &str| {
            (2..=12).contains(&code.len())
                && code.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        let codes = is_code(source_lang_code) && is_code(target_lang_code);
        codes.then_some(Part {
            kind: "text",
            text,
            source_lang_code,
            target_lang_code,
        })
    });
    let part = parts.ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            "the model's chat template takes a text with the codes of its languages only",
        )
        .with_hint("use the prompt prompts/translategemma.md, which gives both; such a model only translates")
    })?;
    Ok(Coded {
        role: *role,
        content: Content::Parts([part]),
    })
}

impl ChatTemplate {
    /// Compiles `source`; `bos` and `eos` are the texts of the model's tokens, which templates may write out.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the template isn't valid Jinja.
    pub fn new(source: &str, bos: &str, eos: &str) -> Result<Self> {
        let takes_codes = source.contains("source_lang_code");
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.map_err(unusable)?);
        environment.set_fuel(Some(FUEL));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_filter("tojson", tojson);
        environment.add_function(
            "raise_exception",
            |message: String| -> Result<Value, minijinja::Error> {
                Err(minijinja::Error::new(Jinja::InvalidOperation, message))
            },
        );
        environment.add_function("strftime_now", |format: String| strftime(&format, now()));
        // `{% generation %}` marks what a trainer learns from; it writes nothing.
        let marks =
            Regex::new(r"\{%(-?)\s*(end)?generation\s*(-?)%\}").expect("the pattern is valid");
        let source = marks.replace_all(source, |found: &Captures<'_>| {
            let word = if found.get(2).is_some() {
                "endif"
            } else {
                "if true"
            };
            format!("{{%{} {word} {}%}}", &found[1], &found[3])
        });
        environment
            .add_template_owned("chat", source.into_owned())
            .map_err(unusable)?;
        Ok(Self {
            environment,
            bos: bos.to_owned(),
            eos: eos.to_owned(),
            takes_codes,
        })
    }

    /// The prompt for `messages`, up to where the model's answer begins; models that can think are told not to.
    /// Where a template knows no system role, the system's text goes before the first user's.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if the template refuses the messages or fails.
    pub fn render(&self, messages: &[Message]) -> Result<String> {
        let rendered = self.render_as_is(messages);
        match (&rendered, messages) {
            (Err(_), [system, user, rest @ ..]) if system.role == Role::System => {
                let content = format!("{}\n\n{}", system.content, user.content);
                let mut folded = vec![Message {
                    role: user.role,
                    content,
                }];
                folded.extend_from_slice(rest);
                self.render_as_is(&folded).or(rendered)
            }
            _ => rendered,
        }
    }

    fn render_as_is(&self, messages: &[Message]) -> Result<String> {
        let template = self.environment.get_template("chat").map_err(unusable)?;
        let messages = match self.takes_codes {
            true => Value::from(Serde(
                messages.iter().map(coded).collect::<Result<Vec<_>>>()?,
            )),
            false => Value::from(Serde(messages)),
        };
        template
            .render(context! {
                messages => messages,
                bos_token => self.bos.as_str(),
                eos_token => self.eos.as_str(),
                add_generation_prompt => true,
                enable_thinking => false,
            })
            .map_err(unusable)
    }
}

fn unusable(error: minijinja::Error) -> Error {
    Error::new(ErrorKind::Model, "the model's chat template can't be used").with_source(error)
}

/// `json.dumps(value, ensure_ascii=False)`: Jinja2's own filter would also escape HTML.
fn tojson(value: Value, options: Kwargs) -> Result<String, minijinja::Error> {
    let indent: Option<usize> = options.get("indent")?;
    // `transformers` accepts these too; their defaults are what is done here.
    let _: (Option<bool>, Option<Value>, Option<bool>) = (
        options.get("ensure_ascii")?,
        options.get("separators")?,
        options.get("sort_keys")?,
    );
    options.assert_all_used()?;
    let json = match indent {
        Some(indent) => json(
            &value,
            PrettyFormatter::with_indent(" ".repeat(indent).as_bytes()),
        ),
        None => json(&value, SpacedFormatter(CompactFormatter)),
    };
    json.map_err(|error| {
        minijinja::Error::new(Jinja::BadSerialization, "no JSON").with_source(error)
    })
}

fn json(value: &Value, formatter: impl Formatter) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Python's default separators, `", "` and `": "`.
struct SpacedFormatter(CompactFormatter);

impl Formatter for SpacedFormatter {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first {
            Ok(())
        } else {
            writer.write_all(b", ")
        }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Seconds since 1970, UTC.
fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

/// The date in UTC: `2026-11-27`.
pub fn today() -> String {
    strftime("%Y-%m-%d", now())
}

/// The fields of C's `strftime` that templates use to tell the model the date.
fn strftime(format: &str, seconds: u64) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const DAYS: [&str; 7] = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    let days = seconds / 86_400;
    // Howard Hinnant's `civil_from_days`: years begin in March, eras last 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    let (month_name, day_name) = (MONTHS[month as usize], DAYS[(days % 7) as usize]);
    let mut text = String::new();
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character != '%' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('Y') => text += &year.to_string(),
            Some('y') => text += &format!("{:02}", year % 100),
            Some('m') => text += &format!("{:02}", month + 1),
            Some('d') => text += &format!("{day:02}"),
            Some('B') => text += month_name,
            Some('b') => text += &month_name[..3],
            Some('A') => text += day_name,
            Some('a') => text += &day_name[..3],
            Some('H') => text += &format!("{:02}", seconds / 3600 % 24),
            Some('M') => text += &format!("{:02}", seconds / 60 % 60),
            Some('S') => text += &format!("{:02}", seconds % 60),
            Some('%') => text.push('%'),
            Some(other) => text.extend(['%', other]),
            None => text.push('%'),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(content: &str) -> Message {
        Message {
            role: Role::User,
            content: content.into(),
        }
    }

    fn render(template: &str, messages: &[Message]) -> Result<String> {
        ChatTemplate::new(template, "<s>", "</s>")?.render(messages)
    }

    #[test]
    fn dates_are_civil() {
        let format = "%d %b %Y, %A %H:%M:%S %y-%m %B %a %% %q";
        assert_eq!(
            strftime(format, 0),
            "01 Jan 1970, Thursday 00:00:00 70-01 January Thu % %q"
        );
        assert_eq!(
            strftime("%d %B %Y %A", 951_782_400),
            "29 February 2000 Tuesday"
        );
        assert_eq!(
            strftime("%d %b %Y %a %H:%M", 1_732_233_540),
            "21 Nov 2024 Thu 23:59"
        );
    }

    #[test]
    fn json_is_written_as_python_writes_it() {
        let template = "{{ {'a': [1, 2.5, none], 'è': '<b>\"x\"</b> &'} | tojson }}";
        let json = render(template, &[]).unwrap();
        assert_eq!(json, r#"{"a": [1, 2.5, null], "è": "<b>\"x\"</b> &"}"#);
        assert_eq!(
            render("{{ [1] | tojson(indent=2) }}", &[]).unwrap(),
            "[\n  1\n]"
        );
    }

    #[test]
    fn a_system_text_goes_to_the_user_where_the_template_refuses_it() {
        let template = "{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}{% endif %}\
                        {% for m in messages %}{{ m.content.strip() }}|{% endfor %}";
        let system = Message {
            role: Role::System,
            content: "Be brief.".into(),
        };
        assert_eq!(
            render(template, &[system.clone(), user(" Ciao ")]).unwrap(),
            "Be brief.\n\n Ciao|"
        );
        let error = render(template, &[system]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(error.to_string().contains("no system"), "{error}");
    }

    #[test]
    fn broken_and_endless_templates_are_errors() {
        assert_eq!(
            render("{% for %}", &[]).unwrap_err().kind(),
            ErrorKind::Model
        );
        let endless =
            "{% for a in range(99999) %}{% for b in range(99999) %}x{% endfor %}{% endfor %}";
        assert_eq!(render(endless, &[]).unwrap_err().kind(), ErrorKind::Model);
    }

    /// As TranslateGemma's: one part a message, with codes that the template knows the names of.
    #[test]
    fn a_template_that_takes_codes_gets_them_from_the_first_line() {
        let template = "{{ bos_token }}{% set names = {'it': 'Italian', 'pt-BR': 'Portuguese'} %}\
                        {% for m in messages %}{% if m.role == 'user' %}\
                        {% if m.content is string or m.content | length != 1 %}{{ raise_exception('parts') }}{% endif %}\
                        {% set part = m.content[0] %}{{ part.type }}: \
                        {{ names[part.source_lang_code] }} ({{ part['source_lang_code'] }}) to \
                        {{ names[part['target_lang_code']] }}:\n\n{{ part.text | trim }}\
                        {% else %}|{{ m.content }}|{% endif %}{% endfor %}";
        assert_eq!(
            render(template, &[user("it pt-BR\nIl mare\nè calmo. ")]).unwrap(),
            "<s>text: Italian (it) to Portuguese:\n\nIl mare\nè calmo."
        );
        for without in ["Il mare", "it\nIl mare", "Il mare è\ncalmo", "it è\ncalmo"] {
            let error = render(template, &[user(without)]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model, "{without}");
            assert!(error.hint().unwrap().contains("translategemma"), "{error}");
        }
    }

    #[test]
    fn marks_for_trainers_write_nothing() {
        let template =
            "a{% generation %}b{% endgeneration %}c\n {%- generation -%} d{%- endgeneration %}e";
        assert_eq!(render(template, &[]).unwrap(), "abcde");
    }
}
