//! HTTP as downloads need it: a token stays with its host, a busy server is asked again, whether there is a server at
//! all is found out once, and nothing leads from https to http.

use std::path::Path;
use std::time::Instant;

use ureq::http::{HeaderName, Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};

use super::super::options::{HubOptions, Token, without_credentials};
use super::reach::{Reach, Retry};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::progress::Progress;

/// Redirects that one request may lead through.
const MOST_REDIRECTS: u32 = 8;

/// A client for one endpoint.
pub(in super::super) struct Client<'a> {
    options: &'a HubOptions,
    /// Scheme, host and port, perhaps a path.
    endpoint: &'a str,
    /// What the server is called in messages.
    name: &'a str,
    /// What to look at if it can't be reached.
    hint: &'static str,
    /// Goes along to the endpoint's own host.
    token: Option<&'a Token>,
    agent: Agent,
}

impl<'a> Client<'a> {
    /// The client for the Hub that the options name.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the certificates that the options name can't be read.
    pub(in super::super) fn hub(options: &'a HubOptions) -> Result<Self> {
        let mut client = Self::new(options, &options.endpoint, "the Hub")?;
        client.hint = "check the network, HTTPS_PROXY and HF_ENDPOINT";
        client.token = options.token.as_ref();
        Ok(client)
    }

    /// A client for another server, called `name` in messages; of the options it takes times and certificates.
    ///
    /// # Errors
    /// As [`Client::hub`].
    pub(in super::super) fn new(
        options: &'a HubOptions,
        endpoint: &'a str,
        name: &'a str,
    ) -> Result<Self> {
        let roots = match &options.certificates {
            Some(path) => certificates(path)?,
            None => RootCerts::WebPki,
        };
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are followed here, so that the token stays with its host.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("traghetto/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .timeout_connect(Some(options.reach))
            .timeout_recv_response(Some(options.stall))
            .timeout_per_read(Some(options.stall))
            .build()
            .into();
        Ok(Self {
            options,
            endpoint,
            name,
            hint: "check the network and HTTPS_PROXY",
            token: None,
            agent,
        })
    }

    pub(in super::super) fn options(&self) -> &'a HubOptions {
        self.options
    }

    /// Asks the endpoint for any answer at all.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none.
    pub(in super::super) fn ping(&self) -> Result<()> {
        match self.send(self.agent.head(self.endpoint), &[]) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unreachable(&reason(&error))),
        }
    }

    /// Makes a request, again if it fails for a passing reason, and gives the last answer, whatever its status. The very
    /// first request of a process also finds out, within [`HubOptions::reach`], whether the Hub is there.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is no answer.
    pub(in super::super) fn ask(
        &self,
        progress: &dyn Progress,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let mut retry = Retry::new(self.options);
        loop {
            let known = Reach::known(self.endpoint);
            if let Some(Reach::No { why, .. }) = &known {
                return Err(self.unreachable(why));
            }
            let wait = match request() {
                Ok(response) => {
                    Reach::Yes.set(self.endpoint);
                    let asked = Retry::passing(&response);
                    match asked.and_then(|asked| retry.next(asked)) {
                        Some(wait) => wait,
                        None => return Ok(response),
                    }
                }
                Err(error) if known.is_none() => {
                    let (why, since) = (reason(&error), Instant::now());
                    Reach::No { why, since }.set(self.endpoint);
                    continue;
                }
                Err(error) => retry
                    .next(None)
                    .ok_or_else(|| self.unreachable(&reason(&error)))?,
            };
            let seconds = wait.as_secs_f64();
            progress.note(&format!(
                "{} is busy: trying again in {seconds:.1} s",
                self.name
            ));
            std::thread::sleep(wait);
        }
    }

    /// Finds out whether the server is there, unless that is known: the first contact has little time, which a large
    /// answer might need longer than.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if it isn't.
    pub(in super::super) fn greet(&self, url: &str, progress: &dyn Progress) -> Result<()> {
        match Reach::known(self.endpoint) {
            Some(Reach::Yes) => Ok(()),
            _ => self.ask(progress, || self.head(url)).map(drop),
        }
    }

    fn unreachable(&self, why: &str) -> Error {
        let (name, endpoint) = (self.name, without_credentials(self.endpoint));
        let why = format!("{name} can't be reached at {endpoint}: {why}");
        Error::new(ErrorKind::Unavailable, why).with_hint(self.hint)
    }

    /// One request without following redirects. The token goes along only to the endpoint's own host.
    fn send(
        &self,
        request: RequestBuilder<WithoutBody>,
        headers: &[(HeaderName, &str)],
    ) -> Result<Response<Body>, ureq::Error> {
        let at_home = request.uri_ref().is_some_and(|uri| self.is_home(uri));
        let mut request = request;
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        if let Some(token) = self.token.filter(|_| at_home) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        match Reach::known(self.endpoint) {
            Some(_) => request.call(),
            // The first contact has a limit for all of it: name look-up, connection, answer.
            None => request
                .config()
                .timeout_global(Some(self.options.reach))
                .build()
                .call(),
        }
    }

    /// Whether an address has the scheme, host and port of the endpoint.
    pub(in super::super) fn is_home(&self, uri: &Uri) -> bool {
        let home = self.endpoint.parse::<Uri>();
        home.is_ok_and(|home| home.scheme() == uri.scheme() && home.authority() == uri.authority())
    }

    /// A HEAD that follows redirects within the Hub (of a renamed repository) but not to the contents' host: the
    /// headers that matter are the Hub's.
    pub(in super::super) fn head(&self, url: &str) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.head(&url), &[])?;
            match redirect(&response, &url) {
                Some(next) if next.parse().is_ok_and(|next| self.is_home(&next)) => {
                    url = led_on(&url, next)?;
                }
                _ => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }

    /// A GET, of a range such as `bytes=5-`, that follows redirects, also to other hosts.
    pub(in super::super) fn get(
        &self,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let range = range.map(|range| (header::RANGE, range));
        self.get_with(url, range.as_slice())
    }

    /// A GET with more headers that follows redirects, also to other hosts.
    pub(in super::super) fn get_with(
        &self,
        url: &str,
        headers: &[(HeaderName, &str)],
    ) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.get(&url), headers)?;
            match redirect(&response, &url) {
                Some(next) => url = led_on(&url, next)?,
                None => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }
}

/// Why a request failed, without the address: that may carry a signature.
pub(in super::super) fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host's name can't be resolved".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
        ureq::Error::Io(e) => e.to_string(),
        ureq::Error::RequireHttpsOnly(_) => "it leads from https to http".to_owned(),
        ureq::Error::BadUri(_) => "the address is malformed".to_owned(),
        // What the proxy said may repeat the address and what is in it.
        ureq::Error::ConnectProxyFailed(_) => "the proxy refuses the connection".to_owned(),
        other => other.to_string(),
    }
}

/// The root certificates of a PEM file.
fn certificates(path: &Path) -> Result<RootCerts> {
    let pem = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    let roots = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    Ok(roots.into())
}

/// The address that a redirect leads to, unless what was private on the way would not be any more.
fn led_on(from: &str, to: String) -> Result<String, ureq::Error> {
    match from.starts_with("https:") && !to.starts_with("https:") {
        true => Err(ureq::Error::RequireHttpsOnly(to)),
        false => Ok(to),
    }
}

/// Whether a partial response starts at this offset.
pub(in super::super) fn resumes_at(response: &Response<Body>, offset: u64) -> bool {
    let range = response.headers().get(header::CONTENT_RANGE);
    let start = range.and_then(|range| {
        let range = range.to_str().ok()?.trim().strip_prefix("bytes ")?;
        range.split('-').next()?.parse().ok()
    });
    start.is_some_and(|start: u64| start == offset)
}

/// Whether a response says that it is a page for people, as login pages of networks are.
pub(in super::super) fn is_web_page(response: &Response<Body>) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_lowercase().starts_with("text/html"))
}

/// Where a redirect leads, as an absolute address.
fn redirect(response: &Response<Body>, from: &str) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let to = response.headers().get(header::LOCATION)?.to_str().ok()?;
    if to.contains("://") {
        return Some(to.to_owned());
    }
    let uri: Uri = from.parse().ok()?;
    let slash = if to.starts_with('/') { "" } else { "/" };
    Some(format!(
        "{}://{}{slash}{to}",
        uri.scheme_str()?,
        uri.authority()?
    ))
}
