//! What `archive` can be told.

use std::path::PathBuf;

use clap::Args;

use super::parse::{parse, parse_positive};
use crate::archive::ShardFormat;
use crate::article::Format;
use crate::summarize::Length;
use crate::text::Lang;

/// What is read, and what is made of it.
#[derive(Debug, Args)]
pub struct ArchiveOptions {
    /// Tables (.jsonl, .csv, .tsv, also with .gz, .parquet) and folders of them or of .txt, .md and .html
    #[arg(value_name = "IN", required = true)]
    pub input: Vec<PathBuf>,
    /// Languages to translate into, separated by commas
    #[arg(long, value_name = "LANGS", value_parser = parse::<Lang>, required = true, value_delimiter = ',')]
    pub to: Vec<Lang>,
    /// Folder of the archive; a run that was cut off there is gone on with
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Language of all articles [default: each one's is detected]
    #[arg(long, value_name = "LANG", value_parser = parse::<Lang>)]
    pub from: Option<Lang>,
    /// Field of a table with the text [default: text]
    #[arg(long, value_name = "NAME")]
    pub text_field: Option<String>,
    /// Field with what the article is called, unlike any other [default: id, else its file and row]
    #[arg(long, value_name = "NAME")]
    pub id_field: Option<String>,
    /// Field with the title [default: title, where there is one]
    #[arg(long, value_name = "NAME")]
    pub title_field: Option<String>,
    /// How the texts of tables are written: text, markdown or html
    #[arg(long, value_name = "FORMAT", value_parser = parse::<Format>, default_value = "text")]
    pub text_format: Format,
    /// Take only the article of HTML pages, without navigation, advertisements and the like
    #[arg(long)]
    pub extract: bool,
    /// Give each article a summary, in its language and those of --to: sentences of the article, and their translations
    #[arg(long)]
    pub summarize: bool,
    /// Let this model write the summaries in the articles' languages, which are then translated like the articles: seconds to
    /// minutes an article. No model does unless one is named here [default: extract]
    #[arg(long, value_name = "MODEL", requires = "summarize")]
    pub summary_model: Option<String>,
    /// How long the summaries are, as for summarize
    #[arg(long, value_name = "LENGTH", value_parser = parse::<Length>, default_value = "medium", requires = "summarize")]
    pub length: Length,
    /// Write jsonl or parquet
    #[arg(long, value_name = "FORMAT", value_parser = parse::<ShardFormat>, default_value = "parquet")]
    pub format: ShardFormat,
    /// At most so many articles to a file: as many are lost when a run is cut off, so take fewer with a slow model
    #[arg(long, value_name = "N", value_parser = parse_positive, default_value_t = 1000)]
    pub shard_size: usize,
    /// Reject articles of more bytes
    #[arg(long, value_name = "BYTES", value_parser = parse_positive, default_value_t = 4 << 20)]
    pub max_bytes: usize,
    /// Stop at the first article that can't be translated, rather than note it in rejected.jsonl and go on
    #[arg(long)]
    pub fail_fast: bool,
}
