//! The page: a form that works without JavaScript, and what a translation's reader should look at again.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use minijinja::value::Serde;
use minijinja::{Environment, context};
use serde::Serialize;

use super::codes;
use super::libre::Found;
use super::params::Params;
use super::refusal::{Refusal, typed};
use super::shared::{Answer, Ask, Client, Shared};
use super::spec::SPEC;
use super::told;
use crate::{Format, Lang, Severity, Translation};

/// Nothing but what comes from here, no script within the page, no form to elsewhere, no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// By the language of the interface, its words by their names.
type Words = BTreeMap<String, BTreeMap<String, String>>;

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("page/words.toml")).unwrap_or_default());

static PAGES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut pages = Environment::new();
    // By its name it is HTML: every text that goes into it is escaped. A test renders it.
    let _ = pages.add_template("page.html", include_str!("page/page.html"));
    let _ = pages.add_template("docs.html", include_str!("page/docs.html"));
    pages
});

/// What the page shows.
#[derive(Debug, Default, Serialize)]
struct View {
    /// Language of the interface.
    lang: String,
    text: String,
    source: String,
    target: String,
    needs_key: bool,
    error: Option<String>,
    made: Option<Made>,
}

#[derive(Debug, Serialize)]
struct Choice {
    code: &'static str,
    name: &'static str,
}

#[derive(Debug, Serialize)]
struct Made {
    text: String,
    from: Choice,
    to: &'static str,
    route: String,
    doubtful: usize,
    pairs: Vec<Pair>,
}

#[derive(Debug, Serialize)]
struct Pair {
    source: String,
    text: String,
    level: &'static str,
    percent: Option<u32>,
    findings: Vec<String>,
}

/// `GET /`.
pub async fn show(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let headers = request.headers().clone();
    let params = Params::read(request, 0, &shared.aside)
        .await
        .unwrap_or_default();
    let text = |name: &str| params.text(name).unwrap_or_default().to_string();
    let view = View {
        lang: interface(&params, &headers),
        text: text("q"),
        source: text("source"),
        target: text("target"),
        ..View::default()
    };
    render(&shared, view, StatusCode::OK)
}

/// `POST /`: the form.
pub async fn translate(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let peer = shared.peer(&request);
    let headers = request.headers().clone();
    let params = match Params::read(request, shared.limits.body, &shared.aside).await {
        Ok(params) => params,
        Err(refusal) => {
            let view = View {
                lang: interface(&Params::default(), &headers),
                error: Some(refusal.message),
                ..View::default()
            };
            return render(&shared, view, refusal.status);
        }
    };
    let text = |name: &str| params.text(name).unwrap_or_default().to_string();
    let mut view = View {
        lang: interface(&params, &headers),
        text: text("q").replace("\r\n", "\n"),
        source: text("source"),
        target: text("target"),
        ..View::default()
    };
    let made = async {
        let client = shared.admit(peer, params.key())?;
        let (text, way) = (
            view.text.clone(),
            (view.source.clone(), view.target.clone()),
        );
        make(&shared, client, text, way).await
    };
    let status = match made.await {
        Ok(made) => {
            view.made = Some(made);
            StatusCode::OK
        }
        Err(refusal) => {
            view.error = Some(refusal.message);
            refusal.status
        }
    };
    let rendered = shared.aside(params.size(), move |shared| {
        Ok::<_, Refusal>(render(shared, view, status))
    });
    rendered.await.unwrap_or_else(IntoResponse::into_response)
}

async fn make(
    shared: &Arc<Shared>,
    client: Client,
    text: String,
    (source, target): (String, String),
) -> Result<Made, Refusal> {
    let bytes = text.len();
    let read = shared.aside(bytes, move |shared| {
        if text.trim().is_empty() {
            return Err(Refusal::missing("q"));
        }
        shared.check_size(&client, &[&text])?;
        let found = Found::of(shared, &source, &[&text], Format::Text)?;
        let to = shared.lang(&target)?;
        shared.check_pair(found.lang, to)?;
        let ask = Ask::new(vec![(text, found.lang)], to, Format::Text);
        Ok((client, ask, (found.lang, to)))
    });
    let (client, ask, (from, to)) = read.await?;
    let answers = shared.translate(&client, ask).await?;
    let answer = answers.into_iter().next();
    let answer = answer.ok_or_else(|| Refusal::missing("q"))?;
    let told = move |_: &Shared| {
        let pairs = pairs(&answer);
        Ok(Made {
            from: choice(from),
            to: to.code(),
            route: told::route(&answer),
            doubtful: pairs.iter().filter(|pair| pair.level != "fine").count(),
            pairs,
            text: answer.text,
        })
    };
    shared.aside(bytes, told).await
}

/// Each sentence with its translation and what is to be said of it.
fn pairs(answer: &Answer) -> Vec<Pair> {
    let segments = answer.made.iter().flat_map(Translation::segments);
    let pairs = segments.map(|segment| {
        let told = segment.findings.iter();
        let told: Vec<_> = told.filter(|one| one.severity != Severity::Hint).collect();
        let risk = segment.risk.as_ref();
        Pair {
            source: segment.source.clone(),
            text: segment.text.clone(),
            level: told::level(segment),
            percent: risk.map(|risk| (risk.probability * 100.0).round() as u32),
            findings: told.iter().map(|one| one.message.clone()).collect(),
        }
    });
    pairs.collect()
}

fn choice(lang: Lang) -> Choice {
    Choice {
        code: codes::show(lang),
        name: lang.name(),
    }
}

/// The language of the interface: that which is asked for, else the first that the browser names and there is.
fn interface(params: &Params, headers: &HeaderMap) -> String {
    let accepted = headers.get(ACCEPT_LANGUAGE);
    let accepted = accepted.and_then(|value| value.to_str().ok()).unwrap_or("");
    let accepted = accepted.split(',').map(|one| {
        let code = one.split([';', '-']).next().unwrap_or_default();
        code.trim().to_lowercase()
    });
    let asked = params.text("lang").map(str::to_string);
    let known = |code: &String| WORDS.contains_key(code);
    let mut wanted = asked.into_iter().chain(accepted);
    wanted
        .find(known)
        .unwrap_or_else(|| Lang::EN.code().to_string())
}

fn render(shared: &Shared, mut view: View, status: StatusCode) -> Response {
    view.needs_key = shared.require_key;
    if view.source.is_empty() {
        view.source = "auto".to_string();
    }
    let sources: Vec<Choice> = shared.pairs.keys().copied().map(choice).collect();
    let mut targets: Vec<Lang> = shared.pairs.values().flatten().copied().collect();
    targets.sort_unstable();
    targets.dedup();
    if view.target.is_empty() {
        let own = targets.iter().find(|lang| lang.code() == view.lang);
        let target = own.or(targets.first()).copied().unwrap_or(Lang::EN);
        view.target = codes::show(target).to_string();
    }
    let targets: Vec<Choice> = targets.into_iter().map(choice).collect();
    let html = html(&view, &sources, &targets, shared.suggestions.is_some());
    shown(status, html)
}

/// A page, which nothing from elsewhere gets into.
fn shown(status: StatusCode, html: Result<String, minijinja::Error>) -> Response {
    let (status, html) = match html {
        Ok(html) => (status, html),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    };
    let mut response = typed(status, "text/html; charset=utf-8", html);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn html(
    view: &View,
    sources: &[Choice],
    targets: &[Choice],
    suggestions: bool,
) -> Result<String, minijinja::Error> {
    let words = WORDS.get(&view.lang);
    let as_json = serde_json::to_string(&words).unwrap_or_default();
    let interfaces: Vec<&String> = WORDS.keys().collect();
    PAGES.get_template("page.html")?.render(context! {
        view => Serde(view),
        w => Serde(&words),
        words => as_json,
        suggestions,
        sources => Serde(&sources),
        targets => Serde(&targets),
        interfaces => Serde(&interfaces),
    })
}

/// `GET /docs`: what `/spec` says, for people.
pub async fn docs() -> Response {
    let page = PAGES.get_template("docs.html");
    let html = page.and_then(|page| page.render(context! { spec => Serde(&*SPEC) }));
    shown(StatusCode::OK, html)
}

/// `GET /page.css`.
pub async fn style() -> Response {
    typed(
        StatusCode::OK,
        "text/css; charset=utf-8",
        include_str!("page/page.css"),
    )
}

/// `GET /page.js`.
pub async fn script() -> Response {
    let script = include_str!("page/page.js");
    typed(StatusCode::OK, "text/javascript; charset=utf-8", script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_has_every_word_and_the_page_escapes_what_it_shows() {
        let names: Vec<Vec<&String>> = WORDS.values().map(|words| words.keys().collect()).collect();
        assert!(names.len() >= 2 && names.windows(2).all(|pair| pair[0] == pair[1]));
        let hostile = "</textarea><script>alert(1)</script>\"'";
        let view = View {
            lang: "it".to_string(),
            text: hostile.to_string(),
            error: Some(hostile.to_string()),
            made: Some(Made {
                text: hostile.to_string(),
                from: choice(Lang::EN),
                to: "pt",
                route: hostile.to_string(),
                doubtful: 1,
                pairs: vec![Pair {
                    source: hostile.to_string(),
                    text: hostile.to_string(),
                    level: "check",
                    percent: Some(40),
                    findings: vec![hostile.to_string()],
                }],
            }),
            ..View::default()
        };
        let page = html(&view, &[choice(Lang::EN)], &[choice(Lang::PT)], true).unwrap();
        assert!(
            !page.contains("<script>") && page.contains("&lt;script&gt;"),
            "{page}"
        );
        assert_eq!(page.matches("<script").count(), 1, "{page}");
    }
}
