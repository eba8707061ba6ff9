//! The `traghetto` program: a thin shell around the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    traghetto::cli::main(std::env::args_os(), &|name| std::env::var_os(name))
}
