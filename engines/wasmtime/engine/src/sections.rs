//! The sections of a module that lines are found by.
use std::collections::HashMap;

const HEADER: usize = 8;
const CUSTOM: u8 = 0;
const CODE: u8 = 10;

/// The debug sections by name, and where the code section's content begins.
#[derive(Default)]
pub struct Sections<'a> {
    pub code: Option<usize>,
    debug: HashMap<&'a [u8], &'a [u8]>,
}

impl<'a> Sections<'a> {
    /// Reads as far as the module is one.
    pub fn read(module: &'a [u8]) -> Sections<'a> {
        let mut sections = Sections::default();
        let mut at = HEADER;
        while let Some(next) = sections.read_one(module, at) {
            at = next;
        }
        sections
    }

    pub fn debug(&self, name: &str) -> &'a [u8] {
        self.debug.get(name.as_bytes()).copied().unwrap_or(&[])
    }

    fn read_one(&mut self, module: &'a [u8], mut at: usize) -> Option<usize> {
        let id = *module.get(at)?;
        at += 1;
        let size = leb(module, &mut at)?;
        let end = at.checked_add(size)?;
        let content = module.get(at..end)?;
        if id == CODE {
            self.code = Some(at);
        } else if id == CUSTOM {
            self.read_custom(content);
        }
        Some(end)
    }

    fn read_custom(&mut self, content: &'a [u8]) -> Option<()> {
        let mut at = 0;
        let length = leb(content, &mut at)?;
        let end = at.checked_add(length)?;
        let name = content.get(at..end)?;
        if name.starts_with(b".debug_") {
            self.debug.entry(name).or_insert(&content[end..]);
        }
        Some(())
    }
}

fn leb(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0u32;
    for shift in (0..32).step_by(7) {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value |= u32::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value as usize);
        }
    }
    None
}
