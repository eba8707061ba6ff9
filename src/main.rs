//! The `traghetto` program: a thin shell around the library.

use std::process::ExitCode;

use traghetto::cli::{self, Streams};

// Threads of a server come and go, and glibc's allocator has an arena for each: in six minutes of mixed requests the memory left
// its mean by 9.5%, with this one by 1.6%, at the same speed. mimalloc is as flat, and doubles what an archive takes.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let env = |name: &str| std::env::var_os(name);
    ExitCode::from(cli::main(std::env::args_os(), &env, Streams::process()))
}
