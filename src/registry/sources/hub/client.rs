//! HTTP as the Hub needs it: the token stays with its host, a busy server is asked again, and whether there is a Hub at
//! all is found out once.

use std::path::Path;
use std::time::Instant;

use ureq::http::{Response, Uri, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig};
use ureq::typestate::WithoutBody;
use ureq::{Agent, Body, RequestBuilder};

use super::super::options::HubOptions;
use super::reach::{Reach, Retry};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::progress::Progress;

/// Redirects that one request may lead through.
const MOST_REDIRECTS: u32 = 8;

/// A client for one endpoint.
pub(super) struct Client<'a> {
    options: &'a HubOptions,
    agent: Agent,
}

impl<'a> Client<'a> {
    /// A client with these options.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the certificates that the options name can't be read.
    pub(super) fn new(options: &'a HubOptions) -> Result<Self> {
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
        Ok(Self { options, agent })
    }

    pub(super) fn options(&self) -> &'a HubOptions {
        self.options
    }

    /// Asks the endpoint for any answer at all.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none.
    pub(super) fn ping(&self) -> Result<()> {
        match self.send(self.agent.head(&self.options.endpoint), None) {
            Ok(_) => Ok(()),
            Err(error) => Err(self.unreachable(&reason(&error))),
        }
    }

    /// Makes a request, again if it fails for a passing reason, and gives the last answer, whatever its status. The very
    /// first request of a process also finds out, within [`HubOptions::reach`], whether the Hub is there.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is no answer.
    pub(super) fn ask(
        &self,
        progress: &dyn Progress,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let mut retry = Retry::new(self.options);
        loop {
            let known = Reach::known(&self.options.endpoint);
            if let Some(Reach::No { why, .. }) = &known {
                return Err(self.unreachable(why));
            }
            let wait = match request() {
                Ok(response) => {
                    Reach::Yes.set(&self.options.endpoint);
                    let asked = Retry::passing(&response);
                    match asked.and_then(|asked| retry.next(asked)) {
                        Some(wait) => wait,
                        None => return Ok(response),
                    }
                }
                Err(error) if known.is_none() => {
                    let (why, since) = (reason(&error), Instant::now());
                    Reach::No { why, since }.set(&self.options.endpoint);
                    continue;
                }
                Err(error) => retry
                    .next(None)
                    .ok_or_else(|| self.unreachable(&reason(&error)))?,
            };
            let seconds = wait.as_secs_f64();
            progress.note(&format!("the Hub is busy: trying again in {seconds:.1} s"));
            std::thread::sleep(wait);
        }
    }

    fn unreachable(&self, why: &str) -> Error {
        let endpoint = self.options.shown_endpoint();
        Error::new(
            ErrorKind::Unavailable,
            format!("the Hub can't be reached at {endpoint}: {why}"),
        )
        .with_hint("check the network, HTTPS_PROXY and HF_ENDPOINT")
    }

    /// One request without following redirects. The token goes along only to the endpoint's own host.
    fn send(
        &self,
        request: RequestBuilder<WithoutBody>,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let at_home = request.uri_ref().is_some_and(|uri| self.is_home(uri));
        let mut request = request;
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        if let Some(token) = self.options.token.as_ref().filter(|_| at_home) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.reveal()));
        }
        match Reach::known(&self.options.endpoint) {
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
    pub(super) fn is_home(&self, uri: &Uri) -> bool {
        let home = self.options.endpoint.parse::<Uri>();
        home.is_ok_and(|home| home.scheme() == uri.scheme() && home.authority() == uri.authority())
    }

    /// A HEAD that follows redirects within the Hub (of a renamed repository) but not to the contents' host: the
    /// headers that matter are the Hub's.
    pub(super) fn head(&self, url: &str) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.head(&url), None)?;
            match redirect(&response, &url) {
                Some(next) if next.parse().is_ok_and(|next| self.is_home(&next)) => url = next,
                _ => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }

    /// A GET that follows redirects, also to other hosts.
    pub(super) fn get(
        &self,
        url: &str,
        range: Option<&str>,
    ) -> Result<Response<Body>, ureq::Error> {
        let mut url = url.to_owned();
        for _ in 0..MOST_REDIRECTS {
            let response = self.send(self.agent.get(&url), range)?;
            match redirect(&response, &url) {
                Some(next) => url = next,
                None => return Ok(response),
            }
        }
        Err(ureq::Error::TooManyRedirects)
    }
}

/// Why a request failed, without the address: that may carry a signature.
pub(super) fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host's name can't be resolved".to_owned(),
        ureq::Error::Timeout(_) => "it does not answer in time".to_owned(),
        ureq::Error::Io(e) => e.to_string(),
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
