//! Conformance of the stores in this crate.

use auth_core::store::{FileStore, conformance};

use super::folder::Folder;
use super::memory::Memory;

#[tokio::test(start_paused = true)]
async fn the_store_of_these_tests_conforms_to_the_contract() {
    conformance::check(&*Memory::new()).await.unwrap();
}

#[tokio::test]
async fn the_file_store_conforms_to_the_contract() {
    let folder = Folder::new();
    conformance::check(&FileStore::at(folder.path()).unwrap()).await.unwrap();
}
