//! `/check`: what may be wrong with a translation that a client has already. Rules alone judge it, no model is asked.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::codes;
use super::params::Params;
use super::refusal::{Refusal, typed};
use super::shared::{Client, Shared};
use crate::text::detect;
use crate::{CheckFormat, Checker, Document, Format, Lang, Meaning};

/// `POST /check`: `source` and `translation` are two texts, whose sentences are aligned, or two lists of the same length;
/// `from` and `to` may say their languages. The answer is what `traghetto check --json` prints.
pub async fn check(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Result<Response, Refusal> {
    shared.answer(request, checked).await
}

fn checked(shared: &Shared, params: &Params, client: &Client) -> Result<Response, Refusal> {
    let (sources, is_list) = params.texts("source")?;
    let (translations, also_list) = params.texts("translation")?;
    let empty = |texts: &[&str]| texts.iter().all(|text| text.trim().is_empty());
    if empty(&sources) {
        return Err(Refusal::missing("source"));
    }
    if empty(&translations) {
        return Err(Refusal::missing("translation"));
    }
    if is_list != also_list || sources.len() != translations.len() {
        let message = "Invalid request: source and translation must be as long as each other";
        return Err(Refusal::bad(message));
    }
    shared.check_size(client, &sources)?;
    shared.check_size(client, &translations)?;
    let (from, to) = (
        lang(params.text("from"), &sources)?,
        lang(params.text("to"), &translations)?,
    );
    let json = judge(&sources, &translations, from, to)?;
    Ok(typed(StatusCode::OK, "application/json", json))
}

/// The language that `code` names, or that of `texts`.
fn lang(code: Option<&str>, texts: &[&str]) -> Result<Lang, Refusal> {
    let found = match code.filter(|code| !code.eq_ignore_ascii_case("auto")) {
        Some(code) => codes::read_region(code),
        None => detect(&texts.join("\n")).lang,
    };
    let told = code.unwrap_or("auto");
    found.ok_or_else(|| Refusal::bad(format!("{told} is not supported")))
}

fn judge(sources: &[&str], translations: &[&str], from: Lang, to: Lang) -> Result<String, Refusal> {
    let checker = Checker::builder()
        .from(from)
        .to(to)
        .meaning(Meaning::Off)
        .offline(true)
        .build();
    let mut checker = checker?;
    let check = match (sources, translations) {
        ([source], [translation]) => {
            let document = |text: &str, lang| Document::from_text_in(text, Format::Text, lang);
            checker.check_documents(&document(source, from), &document(translation, to))?
        }
        _ => {
            let pairs = sources.iter().copied().zip(translations.iter().copied());
            checker.check_pairs(&pairs.collect::<Vec<_>>())?
        }
    };
    Ok(check.render(CheckFormat::Json)?)
}
