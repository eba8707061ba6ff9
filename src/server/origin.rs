//! Sites whose pages may ask: by default a browser keeps all others' out.

use std::fmt;
use std::str::FromStr;

use axum::extract::Request;
use axum::http::uri::Uri;
use axum::http::{HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::{Error, ErrorKind, Result};

/// A site as browsers name it, such as `https://example.org`, or `*` for all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    fn is_any(&self) -> bool {
        self.0 == "*"
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Origin {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let written = || -> Option<String> {
            let site: Uri = text.parse().ok()?;
            let (scheme, authority) = (site.scheme_str()?, site.authority()?);
            let plain = format!("{scheme}://{authority}").to_lowercase();
            // Neither a path nor a user is part of it, nor the port that goes without saying.
            let usual = match scheme {
                "http" => Some(80),
                "https" => Some(443),
                _ => None,
            };
            let is_whole = plain == text.to_lowercase() && !plain.contains('@');
            let says_port = authority.as_str().contains("]:")
                || !plain.contains('[') && authority.as_str().contains(':');
            let is_plain = is_whole
                && !authority.host().is_empty()
                && says_port == authority.port_u16().is_some()
                && (usual.is_none() || authority.port_u16() != usual);
            is_plain.then_some(plain)
        };
        match (text, written()) {
            ("*", _) => Ok(Self("*".to_string())),
            (_, Some(plain)) => Ok(Self(plain)),
            _ => {
                let message = format!("\"{text}\" is no origin");
                Err(Error::new(ErrorKind::Usage, message)
                    .with_hint("name it as browsers do: https://example.org, without a path or a usual port; or * for all"))
            }
        }
    }
}

/// Lets pages of `origins` ask.
pub fn cors(origins: &[Origin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let allowed = match origins.iter().any(Origin::is_any) {
        true => AllowOrigin::any(),
        false => {
            let values = origins.iter().map(|one| HeaderValue::from_str(&one.0));
            AllowOrigin::list(values.flatten())
        }
    };
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let layer = CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(methods)
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE]);
    Some(layer)
}

/// Whether a browser says that a page of another site sends this, which isn't among the `origins` that may: by a form it
/// could change what others read, without seeing the answer.
pub fn is_of_another_site(request: &Request, origins: &[Origin]) -> bool {
    let header = |name| {
        let value = request.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    let may = |origin: &str| origins.iter().any(|one| one.is_any() || one.0 == origin);
    !request.method().is_safe()
        && header("sec-fetch-site") == Some("cross-site")
        && !header("origin").is_some_and(may)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, read) in [
            ("https://example.org", "https://example.org"),
            ("https://Example.ORG", "https://example.org"),
            ("http://localhost:3000", "http://localhost:3000"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://[::1]", "http://[::1]"),
            ("moz-extension://abc-def", "moz-extension://abc-def"),
            ("*", "*"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), read);
        }
        for wrong in [
            "",
            "example.org",
            "https://",
            "https://example.org/",
            "https://example.org/page",
            "https://example.org?a",
            "https://me@example.org",
            "https://example.org:443",
            "https://example.org:99999",
            "https://example.org:",
            "https://a b",
            "https://a\r\nb",
            "null",
            "**",
        ] {
            let error = wrong.parse::<Origin>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Usage, "{wrong}");
            assert!(
                error.to_string().contains(&format!("\"{wrong}\"")),
                "{error}"
            );
        }
    }
}
