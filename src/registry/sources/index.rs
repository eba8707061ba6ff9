//! The index of a registry: asked for only if it has changed.

use ureq::http::header;

use super::http::{Client, is_web_page, reason};
use super::options::{HubOptions, without_credentials};
use crate::error::{Error, ErrorKind, Result};
use crate::registry::catalogue::origin;
use crate::registry::progress::Progress;

/// Longest index that is believed; real ones are below a megabyte.
const LONGEST: u64 = 64 << 20;

/// What a registry answers.
pub(in crate::registry) enum Answer {
    /// The index that is known is the one that it has.
    Unchanged,
    /// Another one, and what to call it by the next time.
    New { text: Vec<u8>, etag: Option<String> },
}

/// Asks for the index at `address`, of the registry that messages call `what`; `etag` is that of the index that is
/// known.
///
/// # Errors
/// [`ErrorKind::Unavailable`] if the registry can't be reached, refuses, or something else answers in its place.
pub(in crate::registry) fn fetch_index(
    what: &str,
    address: &str,
    etag: Option<&str>,
    options: &HubOptions,
    progress: &dyn Progress,
) -> Result<Answer> {
    let client = Client::new(options, origin(address), what)?;
    client.greet(address, progress)?;
    let known = etag.map(|etag| (header::IF_NONE_MATCH, etag));
    let response = client.ask(progress, || client.get_with(address, known.as_slice()))?;
    let shown = without_credentials(address);
    let unavailable = |why: String| Error::new(ErrorKind::Unavailable, why);
    match response.status().as_u16() {
        304 if etag.is_some() => return Ok(Answer::Unchanged),
        200 if is_web_page(&response) => {
            let why = format!("{what} can't be read: {shown} answers with a web page");
            return Err(unavailable(why)
                .with_hint("a network's login page, or a proxy, may be answering in its place"));
        }
        200 => {}
        status => {
            let why = format!("{what} refuses: {shown} answered HTTP {status}");
            return Err(unavailable(why).with_hint("it may have moved; try again later"));
        }
    }
    let etag = response.headers().get(header::ETAG);
    let etag = etag.and_then(|etag| Some(etag.to_str().ok()?.to_owned()));
    let body = response.into_body().into_with_config().limit(LONGEST);
    let text = { body }
        .read_to_vec()
        .map_err(|e| unavailable(format!("{what} broke off: {}", reason(&e))))?;
    Ok(Answer::New { text, etag })
}
