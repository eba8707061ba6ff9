//! What the other rooms do with files: hash them, write them whole, lock them against other processes.

mod hash;
mod lock;
mod write;

pub use write::free_bytes;
pub(super) use {
    hash::{Hasher, git_hash, hash_file},
    lock::Lock,
    write::{check_room, publish, temporary_in, write_json, write_whole},
};
