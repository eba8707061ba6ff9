//! What all requests share: who may ask how much, and the way to the models.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use tokio::sync::mpsc::UnboundedSender;

use super::aside::Aside;
use super::codes;
use super::glossaries::Glossaries;
use super::keys::{Key, Keys, find};
use super::limits::Limiter;
use super::log::Log;
use super::metrics::Metrics;
use super::origin::Origin;
use super::params::Params;
use super::refusal::Refusal;
use super::scheduler::{Scheduler, Step, Wanted};
use super::shelf::Shelf;
use super::writer::Writer;
use crate::face::Offer;
use crate::{Document, Format, Glossary, Lang, Suggestions, Translation};

/// How much may be asked at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a body.
    pub body: usize,
    /// Characters of a text.
    pub chars: Option<usize>,
    /// Texts of a list.
    pub list: usize,
    /// Requests a minute, for a key or an address.
    pub requests: Option<u32>,
    /// Translations that wait.
    pub queue: usize,
    /// How long a translation may take.
    pub wait: Duration,
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// What all requests share.
pub struct Shared {
    /// The way to the models.
    pub scheduler: Scheduler,
    /// The way to what writes.
    pub writer: Writer,
    /// Where work is done that asks no model.
    pub aside: Aside,
    /// Models that a client may name.
    pub offers: Vec<Offer>,
    /// When the server was started, in seconds since 1970.
    pub started: u64,
    /// For each language the languages that it can be translated into.
    pub pairs: BTreeMap<Lang, BTreeSet<Lang>>,
    /// How much may be asked.
    pub limits: Limits,
    /// The keys that were given out.
    pub keys: Mutex<Keys>,
    /// The glossaries of clients.
    pub glossaries: Glossaries,
    /// Translations that clients suggest, if they may.
    pub suggestions: Option<Suggestions>,
    /// Whether nobody may ask without a key.
    pub require_key: bool,
    /// Whether a proxy in front says where a request comes from.
    pub trust_forwarded: bool,
    /// Other sites whose pages may ask.
    pub origins: Vec<Origin>,
    /// Who asked how much.
    pub limiter: Limiter,
    /// Characters translated so far, by the client's name.
    pub usage: Mutex<HashMap<String, u64>>,
    /// Counts.
    pub metrics: Metrics,
    /// Where events are told.
    pub log: Arc<Log>,
    /// Translated files until they are fetched.
    pub files: Shelf,
    /// Where the server listens.
    pub address: SocketAddr,
}

/// Who asks, and how much it may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The name of its key, or its address.
    pub name: String,
    /// Whether it has a key.
    pub has_key: bool,
    /// Requests a minute.
    pub requests: Option<u32>,
    /// Characters of a text.
    pub chars: Option<usize>,
}

impl Client {
    /// Whose what it keeps here is: the key's, or nobody's in particular.
    pub fn owner(&self) -> &str {
        if self.has_key { &self.name } else { "" }
    }
}

/// What a client wants in another language, and how. It is made aside, as its texts are taken apart.
pub struct Ask {
    /// Texts, each with its language.
    texts: Vec<(String, Lang)>,
    /// Those that aren't in the language asked for.
    documents: Vec<Document>,
    /// The language that they are wanted in.
    to: Lang,
    /// Characters of all texts.
    characters: usize,
    /// A model of the client's choice.
    pub model: Option<String>,
    /// A glossary of the client's own.
    pub glossary: Option<Glossary>,
    /// Who hears of each sentence as soon as it is translated; its document counts those texts that aren't in the language
    /// already.
    pub steps: Option<UnboundedSender<Step>>,
}

impl Ask {
    /// As all others are asked, for texts that are written in `format`.
    pub fn new(texts: Vec<(String, Lang)>, to: Lang, format: Format) -> Self {
        let foreign = texts.iter().filter(|(_, from)| *from != to);
        let documents = foreign
            .map(|(text, from)| Document::from_text_in(text.as_str(), format, *from))
            .collect();
        let characters = texts.iter().map(|(text, _)| text.chars().count()).sum();
        Self {
            texts,
            documents,
            to,
            characters,
            model: None,
            glossary: None,
            steps: None,
        }
    }

    /// How many texts there are.
    pub fn texts(&self) -> usize {
        self.texts.len()
    }
}

/// A text that was asked for in another language.
pub struct Answer {
    /// It in that language.
    pub text: String,
    /// How it was made; `None` if it was in that language already.
    pub made: Option<Translation>,
}

impl Shared {
    /// The keys, as they are now.
    pub fn keys(&self) -> Vec<Key> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = keys.refresh() {
            let fields = [("error", error.to_string().into())];
            self.log.event("keys", fields);
        }
        keys.all().to_vec()
    }

    /// Where a request comes from.
    pub fn peer(&self, request: &Request) -> IpAddr {
        // The proxy adds its client behind whatever that client has written there itself.
        let mut lines = request.headers().get_all("x-forwarded-for").iter();
        let forwarded = lines.next_back().filter(|_| self.trust_forwarded);
        let forwarded = forwarded.and_then(|value| value.to_str().ok());
        let last = forwarded.and_then(|value| value.rsplit(',').next()?.trim().parse().ok());
        let peer = request.extensions().get::<Peer>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |peer| peer.0.ip());
        last.unwrap_or(peer)
    }

    /// What a request asks, and whose it is.
    ///
    /// # Errors
    /// 400 and 413 for what can't be read, and as [`Self::admit`].
    pub async fn enter(&self, request: Request) -> Result<(Params, Client), Refusal> {
        let peer = self.peer(&request);
        let params = Params::read(request, self.limits.body, &self.aside).await?;
        let client = self.admit(peer, params.key())?;
        Ok((params, client))
    }

    /// What `work` on `bytes` of a client's gives, done beside the threads that answer: whatever is done with a text, or on
    /// the disk, is done by this.
    ///
    /// # Errors
    /// 429 if too much waits already, 504 if it takes too long, and what `work` says.
    pub async fn aside<T: Send + 'static, E: From<Refusal> + Send + 'static>(
        self: &Arc<Self>,
        bytes: usize,
        work: impl FnOnce(&Self) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let shared = self.clone();
        let done = self.aside.run(bytes, move || work(&shared));
        self.in_time(done).await??
    }

    /// Answers a request by `work` that asks no model.
    ///
    /// # Errors
    /// As [`Self::enter`] and [`Self::aside`].
    pub async fn answer<E: From<Refusal> + Send + 'static>(
        self: &Arc<Self>,
        request: Request,
        work: impl FnOnce(&Self, &Params, &Client) -> Result<Response, E> + Send + 'static,
    ) -> Result<Response, E> {
        let (params, client) = self.enter(request).await?;
        let bytes = params.size();
        let work = move |shared: &Self| work(shared, &params, &client);
        self.aside(bytes, work).await
    }

    /// Whether the client at `peer` with this key may ask once more.
    ///
    /// # Errors
    /// 403 for a key that is none, 400 if one is needed, 429 if it asks too often.
    pub fn admit(&self, peer: IpAddr, key: Option<&str>) -> Result<Client, Refusal> {
        let keys = self.keys();
        let Limits {
            requests, chars, ..
        } = self.limits;
        let known = !keys.is_empty() || self.require_key;
        let client = match key.filter(|_| known).map(|key| find(&keys, key)) {
            Some(Some(key)) => Client {
                name: key.name.clone(),
                has_key: true,
                requests: key.req_limit.or(requests),
                chars: key.char_limit.or(chars),
            },
            Some(None) => return Err(Refusal::new(StatusCode::FORBIDDEN, "Invalid API key")),
            None if self.require_key => {
                let message = "Please contact the server operator to get an API key";
                return Err(Refusal::bad(message));
            }
            None => Client {
                name: peer.to_string(),
                has_key: false,
                requests,
                chars,
            },
        };
        self.charge(&client, 1)?;
        Ok(client)
    }

    /// Counts `cost` requests of `client`'s.
    ///
    /// # Errors
    /// 429 if it has none left.
    pub fn charge(&self, client: &Client, cost: usize) -> Result<(), Refusal> {
        let Some(limit) = client.requests else {
            return Ok(());
        };
        // A key's name is no address: they can't be each other's.
        let taken = self.limiter.take(&client.name, limit, cost, Instant::now());
        taken.map_err(|seconds| Refusal::slow_down(&format!("{limit} per 1 minute"), seconds))
    }

    /// Whether texts of these sizes may be asked for at once.
    ///
    /// # Errors
    /// 400, as LibreTranslate says it.
    pub fn check_size(&self, client: &Client, texts: &[&str]) -> Result<(), Refusal> {
        let exceeds = |size: usize, limit: usize| {
            let message = format!("request ({size}) exceeds text limit ({limit})");
            Err(Refusal::bad(format!("Invalid request: {message}")))
        };
        if texts.len() > self.limits.list {
            return exceeds(texts.len(), self.limits.list);
        }
        let sizes = texts.iter().map(|text| text.chars().count());
        match client.chars {
            Some(limit) => match sizes.max() {
                Some(longest) if longest > limit => exceeds(longest, limit),
                _ => Ok(()),
            },
            None => Ok(()),
        }
    }

    /// Whether anything is translated from or into the language that `code` names, and which it is.
    ///
    /// # Errors
    /// 400, as LibreTranslate says it.
    pub fn lang(&self, code: &str) -> Result<Lang, Refusal> {
        let lang = codes::read(code).filter(|lang| {
            let mut targets = self.pairs.values();
            self.pairs.contains_key(lang) || targets.any(|targets| targets.contains(lang))
        });
        lang.ok_or_else(|| Refusal::bad(format!("{} is not supported", code.to_lowercase())))
    }

    /// Whether `from` is translated into `to`.
    ///
    /// # Errors
    /// 400, as LibreTranslate says it.
    pub fn check_pair(&self, from: Lang, to: Lang) -> Result<(), Refusal> {
        let targets = self.pairs.get(&from);
        if from == to || targets.is_some_and(|targets| targets.contains(&to)) {
            return Ok(());
        }
        Err(Refusal::bad(format!(
            "{} ({}) is not available as a target language from {} ({})",
            to.name(),
            codes::show(to),
            from.name(),
            codes::show(from)
        )))
    }

    /// Texts in another language. Dropping the future calls the work off.
    ///
    /// # Errors
    /// 429 if too much waits already, 504 if it takes too long, else what the models say.
    pub async fn translate(&self, client: &Client, ask: Ask) -> Result<Vec<Answer>, Refusal> {
        let Ask { texts, to, .. } = ask;
        let mut made = match ask.documents.is_empty() {
            true => Vec::new(),
            false => {
                let wanted = Wanted {
                    documents: ask.documents,
                    to,
                    model: ask.model,
                    glossary: ask.glossary,
                    steps: ask.steps,
                };
                self.order(wanted).await?
            }
        }
        .into_iter();
        let mut usage = self.usage.lock().unwrap_or_else(PoisonError::into_inner);
        *usage.entry(client.owner().to_string()).or_default() += ask.characters as u64;
        let answers = texts.into_iter().map(|(text, from)| {
            let made = if from != to { made.next() } else { None };
            Answer {
                text: made.as_ref().map_or(text, |made| made.text().to_string()),
                made,
            }
        });
        Ok(answers.collect())
    }

    async fn order(&self, wanted: Wanted) -> Result<Vec<Translation>, Refusal> {
        let order = self.scheduler.order(wanted);
        let order = order.map_err(|_| Refusal::slow_down("the queue is full", 5))?;
        match self.in_time(order).await? {
            Ok(made) => Ok(made?),
            Err(_) => Err(Refusal::stopped()),
        }
    }

    /// What `work` gives, if it doesn't take longer than a client's work may.
    ///
    /// # Errors
    /// 504 if it does.
    pub async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Refusal> {
        let waited = tokio::time::timeout(self.limits.wait, work).await;
        waited.map_err(|_| {
            let seconds = self.limits.wait.as_secs();
            let message = format!("it took longer than {seconds} s");
            Refusal::new(StatusCode::GATEWAY_TIMEOUT, message)
        })
    }
}
