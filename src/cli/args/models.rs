//! What `setup`, `models` and `memory` can be told.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::parse::parse;
use crate::registry::Task;
use crate::text::Lang;
use crate::translate::route::Tier;

#[derive(Debug, Args)]
pub struct SetupArgs {
    /// Languages to translate from, separated by commas [default: asked for]
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, value_delimiter = ',')]
    pub from: Vec<Lang>,
    /// Languages to translate into, separated by commas [default: asked for]
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, value_delimiter = ',')]
    pub to: Vec<Lang>,
    /// fast, balanced or best, as for translations [default: balanced]
    #[arg(long, value_name = "QUALITY", value_parser = parse::<Tier>)]
    pub quality: Option<Tier>,
    /// Fetch what is proposed without asking
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum ModelsCommand {
    /// List the models of the catalogue and those that are here
    #[command(after_help = "Example:\n  traghetto models list --task translate --from it --to en")]
    List {
        /// Only models for this task: translate, summarize or embed
        #[arg(long, value_name = "TASK")]
        task: Option<Task>,
        /// Only models that read this language
        #[arg(long, value_name = "LANG")]
        from: Option<Lang>,
        /// Only models that write this language
        #[arg(long, value_name = "LANG")]
        to: Option<Lang>,
        /// Only models that come from here: hub, packages, folder, url, or a registry such as firefox
        #[arg(long, value_name = "SOURCE")]
        source: Option<String>,
        /// Only models that are here
        #[arg(long)]
        here: bool,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Show what is known about a model: licence, size, languages, sources, hashes
    #[command(after_help = "Example:\n  traghetto models info qwen3-4b")]
    Info {
        /// A model's id, a path, or hf:owner/repo[@revision][:file]
        model: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Fetch models into the store
    #[command(after_help = "Example:\n  traghetto models pull smollm2-135m")]
    Pull {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
        /// Print what was fetched as JSON
        #[arg(long)]
        json: bool,
    },
    /// Print where a model's files are
    #[command(after_help = "Example:\n  traghetto models path smollm2-135m")]
    Path {
        /// A model's id, or hf:owner/repo[@revision][:file]
        model: String,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Read every file of the store again and name what is damaged; exit code 1 if anything is
    #[command(after_help = "Example:\n  traghetto models verify --json")]
    Verify {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Remove models from the store and from the Hub's cache
    #[command(after_help = "Example:\n  traghetto models rm smollm2-135m")]
    Rm {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
    },
    /// Remove what interrupted downloads left
    #[command(after_help = "Example:\n  traghetto models prune")]
    Prune,
    /// Copy a model into the store: a GGUF file, a folder, or an archive made by export
    #[command(after_help = "Example:\n  traghetto models import models.tar")]
    Import {
        /// The file or folder
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// The model's name from now on [default: its own]
        #[arg(long, value_name = "NAME")]
        id: Option<String>,
        /// Print what was imported as JSON
        #[arg(long)]
        json: bool,
    },
    /// Write models that are here into one archive, for a machine without a network
    #[command(after_help = "Example:\n  traghetto models export smollm2-135m -o models.tar")]
    Export {
        /// A model's id, or hf:owner/repo[@revision][:file]
        #[arg(required = true, value_name = "MODEL")]
        models: Vec<String>,
        /// The archive to write
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum MemoryCommand {
    /// Show how much is remembered, and where
    #[command(after_help = "Example:\n  traghetto memory stats --json")]
    Stats {
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget everything
    #[command(after_help = "Example:\n  traghetto memory clear")]
    Clear,
    /// Write every remembered segment with its translation as TMX, for other tools
    #[command(after_help = "Example:\n  traghetto memory export -o memory.tmx")]
    Export {
        /// Write one JSON object a line instead
        #[arg(long)]
        json: bool,
        /// Write here instead of standard output
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}
