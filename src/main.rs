//! The `traghetto` program: a thin shell around the library.

use std::process::ExitCode;

use traghetto::cli::{self, Streams};

fn main() -> ExitCode {
    let env = |name: &str| std::env::var_os(name);
    ExitCode::from(cli::main(std::env::args_os(), &env, Streams::process()))
}
