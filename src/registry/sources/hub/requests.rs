//! What the Hub is asked, and what its refusals mean.

use ureq::Body;
use ureq::http::Response;

use super::super::http::Client;
use super::super::options::HubOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::registry::progress::Progress;

/// A repository at a revision, or a file of it.
pub(in crate::registry) struct At<'a> {
    pub repo: &'a str,
    pub revision: &'a str,
    pub path: Option<&'a str>,
}

/// The Hub at one endpoint.
pub(in crate::registry) struct Hub<'a> {
    pub(super) client: Client<'a>,
    /// Names to suggest if a repository isn't there.
    near: Vec<String>,
}

impl<'a> Hub<'a> {
    /// The Hub that the options name; `near` are names to suggest if a repository isn't there.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] if the certificates that the options name can't be read.
    pub(in crate::registry) fn new(options: &'a HubOptions, near: Vec<String>) -> Result<Self> {
        let client = Client::hub(options)?;
        Ok(Self { client, near })
    }

    /// Asks for any sign of life.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] if there is none.
    pub(in crate::registry) fn ping(&self) -> Result<()> {
        self.client.ping()
    }

    pub(super) fn broken(&self, cause: &dyn std::fmt::Display) -> Error {
        let why = format!(
            "the answer of {} can't be read: {cause}",
            self.client.options().shown_endpoint()
        );
        Error::new(ErrorKind::Unavailable, why)
    }

    /// The address of a file's contents, or of what is known about a repository.
    pub(in crate::registry) fn url(&self, at: &At<'_>) -> String {
        let At {
            repo,
            revision,
            path,
        } = at;
        let endpoint = &self.client.options().endpoint;
        let revision = percent_encode(revision);
        match path {
            Some(path) => {
                let path: Vec<String> = path.split('/').map(percent_encode).collect();
                format!("{endpoint}/{repo}/resolve/{revision}/{}", path.join("/"))
            }
            None => format!("{endpoint}/api/models/{repo}/revision/{revision}?blobs=true"),
        }
    }

    /// Makes a request and passes the response on if it is a success or the redirect to a file's contents.
    pub(super) fn ask(
        &self,
        at: &At<'_>,
        progress: &dyn Progress,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>> {
        let response = self.client.ask(progress, request)?;
        match response.status().as_u16() {
            200..400 => Ok(response),
            _ => Err(self.refusal(&response, at)),
        }
    }

    /// What a refusal means and what can be done about it.
    pub(in crate::registry) fn refusal(&self, response: &Response<Body>, at: &At<'_>) -> Error {
        let status = response.status().as_u16();
        let code = response
            .headers()
            .get("x-error-code")
            .and_then(|code| code.to_str().ok());
        let (repo, revision) = (at.repo, at.revision);
        let options = self.client.options();
        let endpoint = options.shown_endpoint();
        let page = format!("{endpoint}/{repo}");
        let near = match self.near.is_empty() {
            true => String::new(),
            false => format!("; the catalogue has {}", self.near.join(", ")),
        };
        let (message, hint) = match (status, code, at.path) {
            (401 | 403, code, _) => {
                let held = match &options.token {
                    Some(_) => "the token that was sent doesn't give access",
                    None => "no token was sent",
                };
                let (what, near) = match code {
                    Some("GatedRepo") => ("is gated on the Hub", String::new()),
                    // Without a right to see it, a private repository and none look the same.
                    _ => ("is gated, private or not on the Hub", near),
                };
                let hint = format!(
                    "accept the terms at {page}, make a token at {endpoint}/settings/tokens, and put it into HF_TOKEN or {}{near}",
                    options.token_file.display()
                );
                (format!("{repo} {what} (HTTP {status}), and {held}"), hint)
            }
            (404, Some("EntryNotFound"), Some(path)) => {
                let hint = format!("its files are listed at {page}/tree/{revision}");
                (format!("{repo} has no file {path}"), hint)
            }
            (404, Some("RevisionNotFound"), _) => {
                let hint = format!("its branches are listed at {page}/tree/main");
                (format!("{repo} has no revision {revision}"), hint)
            }
            (404, Some("RepoNotFound"), _) => (
                format!("{repo} is not on the Hub"),
                format!("check the name at {page}{near}"),
            ),
            // Without the Hub's own code it may be something on the way that answers.
            (404, ..) => (
                format!("{endpoint} knows nothing of {repo}"),
                format!("check HF_ENDPOINT, the proxy and the name{near}"),
            ),
            _ => {
                let hint = "try again later".to_owned();
                (format!("the Hub answered HTTP {status} for {repo}"), hint)
            }
        };
        Error::new(ErrorKind::Unavailable, message).with_hint(hint)
    }
}

fn percent_encode(part: &str) -> String {
    part.bytes()
        .fold(String::with_capacity(part.len()), |mut out, b| {
            match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' => {
                    out.push(char::from(b))
                }
                _ => out.push_str(&format!("%{b:02X}")),
            }
            out
        })
}
