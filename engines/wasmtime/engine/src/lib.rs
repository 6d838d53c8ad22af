//! Re-exports the C symbols of Wasmtime, so that one static library holds them, and adds what its C
//! API lacks: limits that ask (limiter.rs), what an instance costs (allocator.rs), and for
//! backtraces names demangled and lines found, both within bounds.
//!
//! Wasmtime can do both by itself, by its features `demangle` and `addr2line`. These are off here,
//! because a module chooses its names and its debug information, and Wasmtime bounds neither: a
//! name of 300 bytes can stand for gigabytes of text.
pub use wasmtime_c_api::*;

pub mod allocator;
mod demangle;
pub mod limiter;
mod lines;
mod sections;

use std::ffi::c_void;
use std::time::{Duration, Instant};

/// Writes what the mangled name of a function stands for, in UTF-8 and cut to `room` bytes.
/// Returns the number of bytes; 0 where the name is not mangled, or not UTF-8.
///
/// # Safety
/// `name` has `length` bytes, and `out` has room for `room`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ringfort_engine_demangle(
    name: *const u8,
    length: usize,
    out: *mut u8,
    room: usize,
) -> usize {
    // SAFETY: as the caller promises
    let name = unsafe { bytes(name, length) };
    let Some(text) = std::str::from_utf8(name)
        .ok()
        .and_then(|name| demangle::demangle(name, room))
    else {
        return 0;
    };
    // SAFETY: as the caller promises, and the text is no longer than `room`
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), out, text.len()) };
    text.len()
}

/// One place in a source: a function's, or that of a call which the compiler inlined.
#[repr(C)]
pub struct RingfortEnginePlace {
    /// Demangled; NULL where the debug information has no name.
    pub function: *const u8,
    pub function_length: usize,
    pub file: *const u8,
    pub file_length: usize,
    /// 0: unknown.
    pub line: u32,
    pub column: u32,
}

/// Tells `found` of each of the offsets into a module the places that its debug information gives,
/// the innermost first. Ends after about so many milliseconds, with what was found until then.
///
/// # Safety
/// `module` has `length` bytes, and `offsets` has `count` numbers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ringfort_engine_places(
    module: *const u8,
    length: usize,
    offsets: *const usize,
    count: usize,
    milliseconds: u64,
    found: extern "C" fn(*mut c_void, usize, *const RingfortEnginePlace),
    data: *mut c_void,
) {
    if count == 0 {
        return;
    }
    // SAFETY: as the caller promises
    let (module, offsets) = unsafe {
        (
            bytes(module, length),
            std::slice::from_raw_parts(offsets, count),
        )
    };
    let until = Instant::now() + Duration::from_millis(milliseconds);
    for (index, places) in lines::find(module, offsets, until).iter().enumerate() {
        for place in places {
            let function = place.function.as_deref().unwrap_or("");
            let c = RingfortEnginePlace {
                function: if function.is_empty() { std::ptr::null() } else { function.as_ptr() },
                function_length: function.len(),
                file: place.file.as_ptr(),
                file_length: place.file.len(),
                line: place.line,
                column: place.column,
            };
            found(data, index, &c);
        }
    }
}

/// # Safety
/// `at` has `length` bytes, where that is not 0.
unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    // SAFETY: as the caller promises
    unsafe { std::slice::from_raw_parts(at, length) }
}
