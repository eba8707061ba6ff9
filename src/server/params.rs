//! What a request says: JSON, a form, parts of a form, or its query. Whatever is unknown is ignored.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Map, Value};

use super::aside::Aside;
use super::refusal::Refusal;

/// A body may come so slowly, as a whole.
const SLOWEST: Duration = Duration::from_secs(30);
/// Of a body that is too long so much is read and thrown away, times what is allowed: a client that is cut off while it
/// sends doesn't read why.
const DRAINED: usize = 16;

/// A file among the parts of a form.
#[derive(Debug)]
pub struct Sent {
    /// What the client calls it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The parameters of a request.
#[derive(Debug, Default)]
pub struct Params {
    json: Option<Map<String, Value>>,
    /// Of the query, then of the form.
    pairs: Vec<(String, String)>,
    /// The file that is called `file`.
    pub file: Option<Sent>,
    /// `Authorization`, without its scheme.
    bearer: Option<String>,
    /// Bytes of the query and of the body.
    size: usize,
}

impl Params {
    /// Reads the query and at most `limit` bytes of body; a body is taken apart `aside`.
    ///
    /// # Errors
    /// 400 if it isn't what its type says, 408 if it comes too slowly, 413 if it is too long, 429 if too many wait already.
    pub async fn read(request: Request, limit: usize, aside: &Aside) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query().unwrap_or_default();
        let mut params = Self {
            pairs: pairs(query.as_bytes())?,
            bearer: bearer(&parts.headers),
            size: query.len(),
            ..Self::default()
        };
        let body = tokio::time::timeout(SLOWEST, whole(body, limit));
        let bytes = body.await.map_err(|_| {
            let message = format!("the body took longer than {} s", SLOWEST.as_secs());
            Refusal::new(StatusCode::REQUEST_TIMEOUT, message)
        })??;
        params.size += bytes.len();
        let media = parts.headers.get(CONTENT_TYPE);
        let media = media.and_then(|media| media.to_str().ok()).unwrap_or("");
        let media = media.split(';').next().unwrap_or_default().trim();
        let media = media.to_ascii_lowercase();
        if bytes.is_empty() {
            // Some clients name a type for what they don't send.
        } else if media == "application/json" || media.ends_with("+json") {
            let bad = |_| Refusal::bad("Invalid JSON format");
            let json = aside.run(bytes.len(), move || serde_json::from_slice(&bytes));
            params.json = Some(json.await?.map_err(bad)?);
        } else if media == "multipart/form-data" {
            let request = Request::from_parts(parts, Body::from(bytes));
            params.read_parts(request).await?;
        } else if media == "application/x-www-form-urlencoded" {
            let form = aside.run(bytes.len(), move || pairs(&bytes));
            params.pairs.extend(form.await??);
        }
        Ok(params)
    }

    async fn read_parts(&mut self, request: Request) -> Result<(), Refusal> {
        let bad = |error: &dyn std::fmt::Display| Refusal::bad(format!("Invalid form: {error}"));
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|error| bad(&error.body_text()))?;
        while let Some(part) = parts.next_field().await.map_err(|e| bad(&e.body_text()))? {
            let name = part.name().unwrap_or_default().to_string();
            let file = part.file_name().map(str::to_string);
            let bytes = part.bytes().await.map_err(|e| bad(&e.body_text()))?;
            match file {
                Some(file) if name == "file" => {
                    self.file = Some(Sent {
                        name: file,
                        bytes: bytes.to_vec(),
                    });
                }
                _ => {
                    let text = String::from_utf8(bytes.to_vec());
                    let text = text.map_err(|_| not_utf8())?;
                    self.pairs.push((name, text));
                }
            }
        }
        Ok(())
    }

    /// Bytes that the client sent.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether it came as JSON.
    pub fn is_json(&self) -> bool {
        self.json.is_some()
    }

    /// A value of a request that came as JSON.
    pub fn value(&self, name: &str) -> Option<&Value> {
        self.json.as_ref()?.get(name)
    }

    /// A text; `None` if there is none, or an empty one.
    pub fn text(&self, name: &str) -> Option<&str> {
        let text = match &self.json {
            Some(json) => json.get(name)?.as_str(),
            None => self.of_form(name).first().copied(),
        };
        text.filter(|text| !text.is_empty())
    }

    /// Texts: a list in JSON, a text alone, a name that a form has more than once. The flag says whether there was a list.
    ///
    /// # Errors
    /// 400 if one of them is no text.
    pub fn texts(&self, name: &str) -> Result<(Vec<&str>, bool), Refusal> {
        let Some(json) = &self.json else {
            return Ok((self.of_form(name), false));
        };
        let wrong = || Refusal::bad(format!("Invalid request: {name} parameter is not a string"));
        match json.get(name) {
            None | Some(Value::Null) => Ok((Vec::new(), false)),
            Some(Value::String(text)) => Ok((vec![text], false)),
            Some(Value::Array(list)) => {
                let texts = list.iter().map(|text| text.as_str().ok_or_else(wrong));
                Ok((texts.collect::<Result<_, _>>()?, true))
            }
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number that isn't negative; those that are count as 0.
    ///
    /// # Errors
    /// 400 if it is no number.
    pub fn number(&self, name: &str) -> Result<Option<usize>, Refusal> {
        let wrong = || Refusal::bad(format!("Invalid request: {name} parameter is not a number"));
        let number = match (self.value(name), self.of_form(name).first().copied()) {
            (Some(Value::Number(number)), _) => number.as_f64(),
            (Some(Value::Null), _) => return Ok(None),
            (Some(Value::String(text)), _) => text.trim().parse().ok(),
            (Some(_), _) => None,
            (None, Some(text)) => text.trim().parse().ok(),
            (None, None) => return Ok(None),
        };
        let number: f64 = number.filter(|n: &f64| n.is_finite()).ok_or_else(wrong)?;
        Ok(Some(number.max(0.0) as usize))
    }

    /// The key that the client shows, in whichever of the places where clients of the interfaces here put it.
    pub fn key(&self) -> Option<&str> {
        let named = self.text("api_key").or_else(|| self.text("auth_key"));
        named.or(self.bearer.as_deref())
    }

    /// Values of the query and of the form.
    fn of_form(&self, name: &str) -> Vec<&str> {
        let pairs = self.pairs.iter().filter(|_| self.json.is_none());
        pairs
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }
}

/// The parameters of an encoded form.
fn pairs(encoded: &[u8]) -> Result<Vec<(String, String)>, Refusal> {
    const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;
    let pairs: Vec<(String, String)> = form_urlencoded::parse(encoded).into_owned().collect();
    // What isn't UTF-8 was replaced; a client that sends the replacement itself means it.
    let replaced =
        |(key, value): &(String, String)| key.contains(REPLACEMENT) || value.contains(REPLACEMENT);
    let raw = String::from_utf8_lossy(encoded).to_ascii_uppercase();
    let meant = std::str::from_utf8(encoded).is_ok()
        && (raw.contains("%EF%BF%BD") || raw.contains(REPLACEMENT));
    match pairs.iter().any(replaced) && !meant {
        true => Err(not_utf8()),
        false => Ok(pairs),
    }
}

fn not_utf8() -> Refusal {
    Refusal::bad("Invalid request: text must be UTF-8")
}

/// What stands after the scheme of `Authorization`.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, key) = value.split_once(' ')?;
    let known = ["Bearer", "DeepL-Auth-Key"];
    let known = known.iter().any(|known| known.eq_ignore_ascii_case(scheme));
    known.then(|| key.trim().to_string())
}

/// The whole body.
async fn whole(mut body: Body, limit: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::bad("the body was cut off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length += data.len();
        match length <= limit {
            true => bytes.extend_from_slice(&data),
            false => bytes.clear(),
        }
        if length > limit.saturating_mul(DRAINED) {
            break;
        }
    }
    match length <= limit {
        true => Ok(bytes),
        false => {
            let message = format!("the body has more than {limit} bytes");
            Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_are_no_utf8_are_refused_and_meant_replacements_taken() {
        assert!(pairs(b"q=%ff%fe").is_err());
        assert!(pairs(b"q=\xff").is_err());
        let meant = pairs(b"q=%EF%BF%BD+a&q=b").unwrap();
        assert_eq!(meant[0].1, "\u{fffd} a");
        assert_eq!(meant.len(), 2);
    }
}
