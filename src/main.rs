//! The `traghetto` program: a thin shell around the library.

use std::process::ExitCode;

use mimalloc::MiMalloc;
use traghetto::cli::{self, Streams};

// A server's threads come and go. With glibc's allocator, which has an arena for each, its memory left the mean of some minutes by
// 9.5%, with this one by 1.3%, in the same work at the same speed.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let env = |name: &str| std::env::var_os(name);
    ExitCode::from(cli::main(std::env::args_os(), &env, Streams::process()))
}
