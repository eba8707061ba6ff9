//! A server that clients of LibreTranslate already speak to, and a page. It stands on the library's face: nothing below knows
//! of it.
//!
//! A file uses only those below it: `mod` → `terms` → `page`, `deepl`, `summaries` → `libre`, `openai`, `check` → `told` →
//! `shared` → `metrics` → `writer` → `scheduler` → `shelf`, `keys`, `glossaries`, `limits`, `params`, `events` →
//! `aside` → `refusal`, `log`, `codes`, `origin`.

mod aside;
mod check;
mod codes;
mod deepl;
mod events;
mod glossaries;
mod keys;
mod libre;
mod limits;
mod listen;
mod log;
mod metrics;
mod openai;
mod origin;
mod page;
mod params;
mod refusal;
mod scheduler;
mod shared;
mod shelf;
mod spec;
mod summaries;
mod terms;
mod told;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpListener, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use tower_http::cors::CorsLayer;

pub use keys::{Key, Keys};
pub use log::{Log, LogFormat, time};
pub use origin::Origin;
pub use shared::Limits;

use crate::face::Generator;
use crate::{Batcher, Error, ErrorKind, Result, Suggestions};
use aside::Aside;
use glossaries::Glossaries;
use limits::Limiter;
use metrics::Metrics;
use refusal::Refusal;
use scheduler::Scheduler;
use shared::Shared;
use shelf::Shelf;
use writer::Writer;

/// How to serve.
#[derive(Debug)]
pub struct Options {
    /// Name or address to listen at.
    pub host: String,
    /// Port to listen at; 0 for any that is free.
    pub port: u16,
    /// How much may be asked.
    pub limits: Limits,
    /// File of the keys.
    pub keys: PathBuf,
    /// File of the glossaries.
    pub glossaries: PathBuf,
    /// Translations that clients suggest; `None` if they may not.
    pub suggestions: Option<Suggestions>,
    /// Whether nobody may ask without a key.
    pub require_key: bool,
    /// Whether a proxy in front says where a request comes from.
    pub trust_forwarded: bool,
    /// Sites whose pages may ask; `*` for all.
    pub cors: Vec<Origin>,
    /// How long what runs may take when the process is told to stop.
    pub grace: Duration,
}

/// Serves until the process is told to stop, then finishes what runs. The first event tells where it listens, the last one
/// how many requests were dropped.
///
/// # Errors
/// [`ErrorKind::Io`] if it can't listen there; [`ErrorKind::Unavailable`] if nothing can be translated.
pub fn serve(
    (mut batcher, mut generator): (Batcher, Generator),
    options: Options,
    log: Log,
) -> Result<()> {
    let mut pairs: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (from, to) in batcher.pairs()? {
        pairs.entry(from).or_default().insert(to);
    }
    if pairs.is_empty() {
        let message = "there is no model that translates anything";
        let hint = "leave --offline out, or fetch one first with `traghetto setup`";
        return Err(Error::new(ErrorKind::Unavailable, message).with_hint(hint));
    }
    let listener = bind(&options.host, options.port)?;
    let address = listener
        .local_addr()
        .map_err(|error| io(error, "listening"))?;
    let keys = Keys::open(&options.keys)?;
    let glossaries = Glossaries::open(&options.glossaries)?;
    let batcher = batcher.with_suggestions(options.suggestions.clone());
    let cors = origin::cors(&options.cors);
    let offers = generator.offers()?;
    let (scheduler, thread) = Scheduler::start(batcher, options.limits.queue)?;
    let writer = Writer::start(generator, options.limits.queue)?;
    let shared = Arc::new(Shared {
        scheduler,
        writer,
        aside: Aside::new(options.limits.queue),
        offers,
        started: UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs()),
        pairs,
        limits: options.limits,
        keys: Mutex::new(keys),
        glossaries,
        suggestions: options.suggestions,
        require_key: options.require_key,
        trust_forwarded: options.trust_forwarded,
        origins: options.cors,
        limiter: Limiter::default(),
        usage: Mutex::default(),
        metrics: Metrics::default(),
        log: Arc::new(log),
        files: Shelf::default(),
        address,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| io(error, "starting threads"))?;
    let router = router(shared.clone(), cors);
    let log = shared.log.clone();
    let ended = runtime.block_on(async {
        let stop = listen::stopped().map_err(|error| io(error, "listening for signals"))?;
        let listener = tokio::net::TcpListener::from_std(listener);
        let listener = listener.map_err(|error| io(error, "listening"))?;
        let url = format!("http://{address}");
        log.event("listening", [("url", url.into())]);
        Ok::<_, Error>(listen::listen(listener, router, stop, options.grace).await)
    })?;
    // Dropped first, as its tasks hold ways to the models; their thread ends when all are gone.
    drop(shared);
    runtime.shutdown_timeout(ended.until.saturating_duration_since(Instant::now()));
    let failed = |_| Error::new(ErrorKind::Inference, "the scheduler has failed");
    // What still runs at the end ends with the process.
    let whole = listen::ends(thread, ended.until).map_err(failed)?;
    let fields = [("dropped", ended.dropped.into()), ("in_time", whole.into())];
    log.event("stopped", fields);
    Ok(())
}

fn io(error: std::io::Error, doing: &str) -> Error {
    Error::new(ErrorKind::Io, doing).with_source(error)
}

fn bind(host: &str, port: u16) -> Result<TcpListener> {
    let failed = |error: std::io::Error| {
        let message = format!("the server can't listen at {host}:{port}");
        Error::new(ErrorKind::Io, message)
            .with_source(error)
            .with_hint("name another place with --host or --port")
    };
    let addresses: Vec<_> = (host, port).to_socket_addrs().map_err(failed)?.collect();
    let listener = TcpListener::bind(&addresses[..]).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

fn router(shared: Arc<Shared>, cors: Option<CorsLayer>) -> Router {
    let router = Router::new()
        .route("/translate", post(libre::translate))
        .route("/detect", post(libre::detect_language))
        .route("/languages", get(libre::languages))
        .route("/frontend/settings", get(libre::settings))
        .route("/suggest", post(libre::suggest))
        .route("/translate_file", post(libre::translate_file))
        .route("/download_file/{name}", get(libre::download_file))
        .route("/health", get(libre::health))
        .route("/metrics", get(libre::metrics))
        .route("/spec", get(spec::spec))
        .route("/docs", get(page::docs))
        .route("/check", post(check::check))
        .route("/summarize", post(summaries::summarize))
        .route("/v1/chat/completions", post(openai::chat))
        .route("/v1/models", get(openai::models))
        .route("/v1/models/{model}", get(openai::model))
        .route("/v1/embeddings", post(openai::embeddings))
        .route("/v2/translate", post(deepl::translate))
        .route(
            "/v2/languages",
            get(deepl::languages).post(deepl::languages),
        )
        .route("/v2/usage", get(deepl::usage).post(deepl::usage))
        .merge(glossary_routes())
        .route("/", get(page::show).post(page::translate))
        .route("/page.css", get(page::style))
        .route("/page.js", get(page::script))
        .fallback(not_found)
        .method_not_allowed_fallback(not_allowed)
        // Bodies are read, and measured, by `params`.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(shared.clone(), watch))
        .with_state(shared);
    match cors {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// DeepL's calls for glossaries.
fn glossary_routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/v2/glossaries", get(terms::list).post(terms::create))
        .route(
            "/v2/glossaries/{id}",
            get(terms::show).delete(terms::delete),
        )
        .route("/v2/glossaries/{id}/entries", get(terms::show_entries))
        .route("/v2/glossary-language-pairs", get(terms::pairs))
        .route(
            "/v3/glossaries",
            get(terms::list_many).post(terms::create_many),
        )
        .route(
            "/v3/glossaries/{id}",
            get(terms::show_many)
                .patch(terms::change)
                .delete(terms::delete),
        )
        .route("/v3/glossaries/{id}/entries", get(terms::show_some))
        .route(
            "/v3/glossaries/{id}/dictionaries",
            put(terms::replace).delete(terms::delete_some),
        )
}

async fn not_found() -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "Not Found")
}

async fn not_allowed() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// Counts and logs every request, by the path that it was meant for: what a client makes up isn't written down.
async fn watch(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let _in_flight = shared.metrics.begin();
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("other", MatchedPath::as_str).to_string();
    let method = match request.method() {
        known @ (&Method::GET
        | &Method::POST
        | &Method::HEAD
        | &Method::OPTIONS
        | &Method::PUT
        | &Method::PATCH
        | &Method::DELETE) => known.to_string(),
        _ => "other".to_string(),
    };
    let peer = shared.peer(&request);
    let mut response = match origin::is_of_another_site(&request, &shared.origins) {
        true => {
            Refusal::new(StatusCode::FORBIDDEN, "Pages of other sites may not ask").into_response()
        }
        false => next.run(request).await,
    };
    let (status, took) = (response.status().as_u16(), started.elapsed());
    shared.metrics.answered(&path, status, took);
    shared.log.event(
        "request",
        [
            ("peer", peer.to_string().into()),
            ("method", method.into()),
            ("path", path.into()),
            ("status", status.into()),
            ("ms", (took.as_millis() as u64).into()),
        ],
    );
    let headers = response.headers_mut();
    let no_guessing = HeaderValue::from_static("nosniff");
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, no_guessing);
    response
}
