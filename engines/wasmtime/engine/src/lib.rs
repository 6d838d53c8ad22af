//! Re-exports the C symbols of Wasmtime, so that one static library holds them.
pub use wasmtime_c_api::*;
