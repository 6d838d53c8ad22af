//! The names of Rust's and C++'s functions, within bounds.
use std::fmt::{self, Write};

/// Longer names are shown as they are: what they cost to parse grows faster than they do.
const NAME_MAX: usize = 1024;
/// Levels of nesting, each of which takes stack.
const DEPTH_MAX: u32 = 64;

/// Text up to a number of bytes; then it fails, which ends the one that writes.
struct Bounded {
    text: String,
    room: usize,
}

impl Write for Bounded {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let left = self.room - self.text.len();
        if more.len() <= left {
            self.text.push_str(more);
            return Ok(());
        }
        let end = (0..=left).rev().find(|&end| more.is_char_boundary(end)).unwrap_or(0);
        self.text.push_str(&more[..end]);
        self.room = self.text.len();
        Err(fmt::Error)
    }
}

/// Returns what a mangled name stands for, cut to `room` bytes; None where the name is not mangled.
pub fn demangle(name: &str, room: usize) -> Option<String> {
    if name.len() > NAME_MAX {
        return None;
    }
    let mut out = Bounded { text: String::new(), room };
    if let Ok(rust) = rustc_demangle::try_demangle(name) {
        // An error is the text's end; without the hash that tells crates' versions apart.
        let _ = write!(out, "{rust:#}");
    } else {
        let parse = cpp_demangle::ParseOptions::default().recursion_limit(DEPTH_MAX);
        let show = cpp_demangle::DemangleOptions::new().recursion_limit(DEPTH_MAX);
        let symbol = cpp_demangle::Symbol::new_with_options(name, &parse).ok()?;
        let _ = symbol.structured_demangle(&mut out, &show);
    }
    (!out.text.is_empty()).then_some(out.text)
}
