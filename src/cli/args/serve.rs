//! What `serve` can be told.

use clap::{Args, Subcommand};

use super::parse::{parse, parse_alternatives, parse_positive};
use crate::server::{LogFormat, Origin};

/// Where the server listens, and how much may be asked of it.
#[derive(Debug, Args)]
pub struct ServeLimits {
    /// Name or address to listen at; 0.0.0.0 lets other machines in
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub host: String,
    /// Port to listen at; 0 takes any that is free
    #[arg(long, value_name = "PORT", default_value_t = 5000)]
    pub port: u16,
    /// Keep models of at most so many MiB in memory: the least recently used go first [default: all that were needed]
    #[arg(long, value_name = "MIB", value_parser = parse_positive)]
    pub memory_limit: Option<usize>,
    /// Search so many other translations of each sentence, for clients that ask for them: slower for all
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = parse_alternatives)]
    pub alternatives: usize,
    /// Keep translations that clients suggest in the translation memory: they stand for those of models from then on
    #[arg(long)]
    pub suggestions: bool,
    /// Refuse whoever shows no key (see `serve keys`)
    #[arg(long)]
    pub require_key: bool,
    /// Requests a minute for each key or address; each text of a list is one [default: any number]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub req_limit: Option<u32>,
    /// Characters of a text or a file [default: what the body may have]
    #[arg(long, value_name = "N", value_parser = parse_positive)]
    pub char_limit: Option<usize>,
    /// Texts of a list
    #[arg(long, value_name = "N", value_parser = parse_positive, default_value_t = 1000)]
    pub batch_limit: usize,
    /// Bytes of a request, files too
    #[arg(long, value_name = "BYTES", value_parser = parse_positive, default_value_t = 4 << 20)]
    pub body_limit: usize,
    /// Requests of a kind that wait; more are told to come again
    #[arg(long, value_name = "N", value_parser = parse_positive, default_value_t = 256)]
    pub queue: usize,
    /// Seconds that an answer may take
    #[arg(long, value_name = "SECONDS", value_parser = parse_positive, default_value_t = 600)]
    pub timeout: usize,
    /// Seconds that what runs may take when the server is told to stop
    #[arg(long, value_name = "SECONDS", value_parser = parse_positive, default_value_t = 60)]
    pub grace: usize,
    /// Let pages of this site ask, such as `https://example.org`, or of all: *
    #[arg(long, value_name = "ORIGIN", value_delimiter = ',', value_parser = parse::<Origin>)]
    pub cors: Vec<Origin>,
    /// Believe X-Forwarded-For: only behind a proxy that sets it
    #[arg(long)]
    pub trust_forwarded_for: bool,
    /// How requests are logged on standard error: text or json
    #[arg(long, value_name = "FORMAT", value_parser = parse::<LogFormat>, default_value = "text")]
    pub log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub enum ServeCommand {
    /// Give out, list and revoke the keys of clients
    #[command(subcommand)]
    Keys(KeysCommand),
}

#[derive(Debug, Subcommand)]
pub enum KeysCommand {
    /// Make a key and print it: it is shown only now
    Add {
        /// What it is called
        name: String,
        /// Requests a minute [default: as for all]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        req_limit: Option<u32>,
        /// Characters of a text [default: as for all]
        #[arg(long, value_name = "N", value_parser = parse_positive)]
        char_limit: Option<usize>,
    },
    /// Show what the keys are called and what they allow
    List,
    /// Forget a key, also in servers that run
    Revoke {
        /// What it is called
        name: String,
    },
}
