//! Exit codes.

/// Done.
pub const DONE: u8 = 0;
/// Something failed.
pub const FAILED: u8 = 1;
/// The command line or the configuration makes no sense.
pub const USAGE: u8 = 2;

/// Something became slower than was allowed.
pub const SLOWER: u8 = 3;
