//! Settings of downloads, as plain data. The environment is read in one place, [`HubOptions::from_env`].

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// How models may be fetched.
#[derive(Debug, Clone)]
pub struct FetchOptions {
    /// Touch neither network nor pip: take only what is there.
    pub offline: bool,
    /// Settings of the Hub.
    pub hub: HubOptions,
    /// Address that stands in for those of the families' registries, such as a mirror of the whole of one: what their
    /// indexes list is fetched from below it, too.
    pub registry: Option<String>,
    /// Settings of pip, beyond the user's own configuration of it.
    pub pip: PipOptions,
    /// Licences that the user accepts now; the store remembers them.
    pub accept: Vec<String>,
}

impl FetchOptions {
    /// Settings from the environment; offline if `HF_HUB_OFFLINE` says so.
    pub fn from_env() -> Self {
        let hub = HubOptions::from_env();
        Self {
            offline: hub.offline,
            hub,
            registry: None,
            pip: PipOptions::default(),
            accept: Vec::new(),
        }
    }
}

/// How pip is called. Mirrors and certificates are pip's own settings, which it reads as always.
#[derive(Debug, Clone, Default)]
pub struct PipOptions {
    /// The Python to use; `python3`, then `python`, if `None`.
    pub python: Option<PathBuf>,
    /// More arguments for `pip download`.
    pub args: Vec<String>,
}

/// Settings of the Hugging Face Hub, under the names that Python's `huggingface_hub` gives them. `HTTPS_PROXY` and
/// `NO_PROXY` are read by the HTTP client itself.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// Base address without a final slash (`HF_ENDPOINT`).
    pub endpoint: String,
    /// The cache folder with `models--…` in it (`HF_HUB_CACHE`, or `hub` in `HF_HOME`).
    pub cache: PathBuf,
    /// Access token (`HF_TOKEN` or the token file).
    pub token: Option<Token>,
    /// Where the token file is looked for, for messages.
    pub token_file: PathBuf,
    /// Root certificates to trust, as PEM, instead of Mozilla's (`SSL_CERT_FILE`): for proxies with their own.
    pub certificates: Option<PathBuf>,
    /// `HF_HUB_OFFLINE`.
    pub offline: bool,
    /// Longest time to find out whether the Hub can be reached.
    pub reach: Duration,
    /// Longest silence in the middle of a download.
    pub stall: Duration,
    /// How often a request that failed for a passing reason is made in all.
    pub attempts: u32,
    /// Wait before the second attempt; doubled each time.
    pub backoff: Duration,
    /// Bytes of one part: a larger file comes in several ranges at once.
    pub part: u64,
    /// How many ranges of one file come at once at most.
    pub streams: usize,
}

impl HubOptions {
    /// Settings from the process's environment.
    pub fn from_env() -> Self {
        Self::from_vars(|name| std::env::var(name).ok())
    }

    /// Settings from environment variables as `var` gives them.
    pub fn from_vars(var: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| var(name).filter(|value| !value.trim().is_empty());
        let home = set("HF_HOME").map(PathBuf::from).unwrap_or_else(|| {
            let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
            let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
            cache.unwrap_or_else(std::env::temp_dir).join("huggingface")
        });
        let cache = set("HF_HUB_CACHE")
            .or_else(|| set("HUGGINGFACE_HUB_CACHE"))
            .map_or_else(|| home.join("hub"), PathBuf::from);
        let token_file = set("HF_TOKEN_PATH").map_or_else(|| home.join("token"), PathBuf::from);
        let token = set("HF_TOKEN")
            .or_else(|| set("HUGGING_FACE_HUB_TOKEN"))
            .or_else(|| std::fs::read_to_string(&token_file).ok())
            .and_then(|token| Token::new(&token));
        let endpoint = set("HF_ENDPOINT").unwrap_or_else(|| "https://huggingface.co".to_owned());
        let offline = set("HF_HUB_OFFLINE").is_some_and(|value| {
            matches!(value.to_uppercase().as_str(), "1" | "ON" | "YES" | "TRUE")
        });
        Self {
            endpoint: endpoint.trim().trim_end_matches('/').to_owned(),
            cache,
            token,
            token_file,
            certificates: set("SSL_CERT_FILE").map(PathBuf::from),
            offline,
            reach: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            attempts: 5,
            backoff: Duration::from_millis(500),
            part: 16 << 20,
            streams: 4,
        }
    }

    /// The endpoint as it may be shown: a password in it is masked.
    pub(super) fn shown_endpoint(&self) -> String {
        without_credentials(&self.endpoint)
    }
}

/// A text in which what stands between `//` and `@` of an address is masked: a mirror's may hold a password.
pub fn without_credentials(text: &str) -> String {
    let mask = |word: &str| {
        let (scheme, rest) = word.split_once("//")?;
        let (_, rest) = rest.rsplit_once('@')?;
        Some(format!("{scheme}//…@{rest}"))
    };
    let words = text.split(' ');
    let words = words.map(|word| mask(word).unwrap_or_else(|| word.to_owned()));
    words.collect::<Vec<_>>().join(" ")
}

/// An access token. It never shows itself: only `reveal` gives it out, for the one header that needs it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token in `text`, or `None` if that is blank.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The secret itself.
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(vars: &[(&str, &str)]) -> HubOptions {
        HubOptions::from_vars(|name| {
            vars.iter()
                .find(|(n, _)| *n == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_nearer_variable_wins() {
        let o = options(&[
            ("HF_HOME", "/h"),
            ("HF_ENDPOINT", "http://mirror/"),
            ("HF_HUB_OFFLINE", "yes"),
        ]);
        assert_eq!(o.cache, PathBuf::from("/h/hub"));
        assert_eq!(o.token_file, PathBuf::from("/h/token"));
        assert_eq!(o.endpoint, "http://mirror");
        assert!(o.offline);
        let o = options(&[
            ("HF_HOME", "/h"),
            ("HF_HUB_CACHE", "/c"),
            ("HF_HUB_OFFLINE", "0"),
        ]);
        assert_eq!(o.cache, PathBuf::from("/c"));
        assert!(!o.offline);
        let o = options(&[("XDG_CACHE_HOME", "/x"), ("HF_TOKEN", " hf_abc\n")]);
        assert_eq!(o.cache, PathBuf::from("/x/huggingface/hub"));
        assert_eq!(o.token.as_ref().unwrap().reveal(), "hf_abc");
        assert!(!format!("{o:?}").contains("hf_abc"));
    }

    #[test]
    fn the_token_file_is_read() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("token"), "hf_file\n").unwrap();
        let o = options(&[("HF_HOME", dir.path().to_str().unwrap())]);
        assert_eq!(o.token.unwrap().reveal(), "hf_file");
    }
}
