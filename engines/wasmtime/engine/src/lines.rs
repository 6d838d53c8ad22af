//! The places in a source that offsets into a module come from, by the module's DWARF.
//!
//! The DWARF is the module's, so it may say anything. All of it is read once and in a stream: what
//! is held at a time is bounded by the constants below, and the time by a deadline. What goes past
//! a bound is left out, as is what contradicts itself.
use crate::{demangle::demangle, sections::Sections};
use gimli::{
    Abbreviations, Attribute, AttributeValue, DebugAbbrev, DebugAbbrevOffset, DebugLineOffset,
    DebuggingInformationEntry, Dwarf, EndianSlice, LineProgramHeader, LittleEndian, Reader, Unit,
    UnitHeader,
};
use std::sync::Arc;
use std::time::Instant;

/// Bytes of one unit's table of abbreviations, which takes some twenty times as much to hold.
const ABBREVIATIONS_MAX: usize = 256 << 10;
/// Bytes of one line table's header, whose names of files take up to a hundred times as much.
const LINE_HEADER_MAX: u64 = 128 << 10;
/// Calls that were inlined into one another at one place.
const INLINED_MAX: usize = 16;
/// From an entry to that which has the name.
const HOPS_MAX: usize = 8;
const NAME_MAX: usize = 512;
const FILE_MAX: usize = 512;
/// Rows or attributes between two looks at the clock.
const STEPS: usize = 1024;

type Slice<'a> = EndianSlice<'a, LittleEndian>;
type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;

pub struct Place {
    pub function: Option<String>,
    pub file: String,
    pub line: u32,
    pub column: u32,
}

/// The time that is left, looked at now and then.
struct Clock {
    until: Instant,
    steps: usize,
}

impl Clock {
    fn step(&mut self, count: usize) -> Option<()> {
        self.steps += count;
        if self.steps < STEPS {
            return Some(());
        }
        self.steps = 0;
        self.look()
    }

    fn look(&self) -> Option<()> {
        (Instant::now() < self.until).then_some(())
    }
}

/// Returns the places for each of the offsets into the module, the innermost first.
pub fn find(module: &[u8], offsets: &[usize], until: Instant) -> Vec<Vec<Place>> {
    let mut found: Vec<Vec<Place>> = offsets.iter().map(|_| Vec::new()).collect();
    let sections = Sections::read(module);
    let Some(code) = sections.code else { return found };
    let addresses: Vec<Option<u64>> =
        offsets.iter().map(|offset| offset.checked_sub(code).map(|it| it as u64)).collect();
    let mut clock = Clock { until, steps: 0 };
    let dwarf = dwarf_of(&sections);
    let mut units = dwarf.units();
    while let Ok(Some(header)) = units.next() {
        if clock.look().is_none() || found.iter().all(|places| !places.is_empty()) {
            break;
        }
        let _ = find_in_unit(&dwarf, header, &addresses, &mut found, &mut clock);
    }
    found
}

fn dwarf_of<'a>(sections: &Sections<'a>) -> Dwarf<Slice<'a>> {
    let load = |id: gimli::SectionId| {
        Ok::<_, std::convert::Infallible>(EndianSlice::new(sections.debug(id.name()), LittleEndian))
    };
    match Dwarf::load(load) {
        Ok(dwarf) => dwarf,
        Err(never) => match never {},
    }
}

fn find_in_unit<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    header: UnitHeader<Slice<'a>>,
    addresses: &[Option<u64>],
    found: &mut [Vec<Place>],
    clock: &mut Clock,
) -> Option<()> {
    let abbreviations = Arc::new(abbreviations_of(dwarf, &header)?);
    check_line_header(dwarf, &header, &abbreviations)?;
    let unit = Unit::new_with_abbreviations(dwarf, header, abbreviations).ok()?;
    let mut rows = vec![None; addresses.len()];
    find_rows(&unit, addresses, &mut rows, clock);
    for (index, row) in rows.into_iter().enumerate() {
        if let (Some(address), Some(row), true) = (addresses[index], row, found[index].is_empty()) {
            found[index] = places_at(dwarf, &unit, address, row, clock);
        }
    }
    Some(())
}

fn abbreviations_of<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    header: &UnitHeader<Slice<'a>>,
) -> Option<Abbreviations> {
    let all = dwarf.debug_abbrev.reader_slice();
    let rest = all.get(header.debug_abbrev_offset().0..)?;
    let some = &rest[..rest.len().min(ABBREVIATIONS_MAX)];
    DebugAbbrev::new(some, LittleEndian).abbreviations(DebugAbbrevOffset(0)).ok()
}

trait ReaderSlice<'a> {
    fn reader_slice(&self) -> &'a [u8];
}

impl<'a> ReaderSlice<'a> for DebugAbbrev<Slice<'a>> {
    fn reader_slice(&self) -> &'a [u8] {
        gimli::Section::reader(self).slice()
    }
}

/// Looks at the size of what is parsed whole, before it is.
fn check_line_header<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    header: &UnitHeader<Slice<'a>>,
    abbreviations: &Abbreviations,
) -> Option<()> {
    let mut entries = header.entries_raw(abbreviations, None).ok()?;
    let mut root = Entry::null();
    entries.read_entry(&mut root).ok().filter(|is_entry| *is_entry)?;
    let Some(AttributeValue::DebugLineRef(DebugLineOffset(offset))) =
        root.attr_value(gimli::DW_AT_stmt_list)
    else {
        return None;
    };
    let mut input = *gimli::Section::reader(&dwarf.debug_line);
    input.skip(offset).ok()?;
    let (length, format) = input.read_initial_length().ok()?;
    let mut input = input.split(length).ok()?;
    if input.read_u16().ok()? >= 5 {
        input.skip(2).ok()?; // the sizes of addresses and segments
    }
    let header_length = input.read_length(format).ok()? as u64;
    (header_length <= LINE_HEADER_MAX).then_some(())
}

// ---- Lines ----

#[derive(Clone, Copy)]
struct Row {
    file: u64,
    line: u32,
    column: u32,
    address: u64,
    is_end: bool,
}

/// The row of each address: the last one that begins at or before it, in a sequence around it.
fn find_rows<'a>(
    unit: &Unit<Slice<'a>>,
    addresses: &[Option<u64>],
    found: &mut [Option<Row>],
    clock: &mut Clock,
) -> Option<()> {
    let mut rows = unit.line_program.clone()?.rows();
    let mut last: Option<Row> = None;
    while let Ok(Some((_, row))) = rows.next_row() {
        clock.step(1)?;
        let row = Row {
            file: row.file_index(),
            line: row.line().map_or(0, |line| u32::try_from(line.get()).unwrap_or(0)),
            column: match row.column() {
                gimli::ColumnType::LeftEdge => 0,
                gimli::ColumnType::Column(column) => u32::try_from(column.get()).unwrap_or(0),
            },
            address: row.address(),
            is_end: row.end_sequence(),
        };
        if let Some(before) = last.filter(|before| !before.is_end) {
            for (address, slot) in addresses.iter().zip(found.iter_mut()) {
                let is_at = address.is_some_and(|it| before.address <= it && it < row.address);
                if is_at && slot.is_none() {
                    *slot = Some(before);
                }
            }
        }
        last = Some(row);
    }
    Some(())
}

fn file_name<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    index: u64,
    clock: &Clock,
) -> Option<String> {
    clock.look()?;
    let header: &LineProgramHeader<Slice<'a>> = unit.line_program.as_ref()?.header();
    let file = header.file(index)?;
    let name = text(dwarf.attr_string(unit, file.path_name()).ok()?, FILE_MAX);
    if name.starts_with('/') {
        return Some(name);
    }
    let directory = file
        .directory(header)
        .and_then(|directory| dwarf.attr_string(unit, directory).ok())
        .map(|directory| text(directory, FILE_MAX))
        .filter(|directory| !directory.is_empty() && directory != ".");
    let mut path = match directory {
        Some(directory) => format!("{directory}/{name}"),
        None => name,
    };
    if let (false, Some(base)) = (path.starts_with('/'), unit.comp_dir) {
        path = format!("{}/{path}", text(base, FILE_MAX));
    }
    Some(path)
}

fn text(slice: Slice<'_>, most: usize) -> String {
    let bytes = slice.slice();
    String::from_utf8_lossy(&bytes[..bytes.len().min(most)]).into_owned()
}

// ---- Functions ----

/// A function around an address, or a call in it that was inlined.
struct Scope {
    depth: isize,
    name: Option<String>,
    call_file: u64,
    call_line: u32,
    call_column: u32,
}

fn places_at<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    address: u64,
    row: Row,
    clock: &mut Clock,
) -> Vec<Place> {
    let mut scopes = Vec::new();
    find_scopes(dwarf, unit, address, &mut scopes, clock);
    let mut places = Vec::new();
    let (mut file, mut line, mut column) = (row.file, row.line, row.column);
    for scope in scopes.into_iter().rev() {
        places.push(Place {
            function: scope.name,
            file: file_name(dwarf, unit, file, clock).unwrap_or_default(),
            line,
            column,
        });
        (file, line, column) = (scope.call_file, scope.call_line, scope.call_column);
    }
    if places.is_empty() {
        let file = file_name(dwarf, unit, file, clock).unwrap_or_default();
        places.push(Place { function: None, file, line, column });
    }
    places
}

/// The outermost first. Entries come before those that they contain, so one pass finds all.
fn find_scopes<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    address: u64,
    scopes: &mut Vec<Scope>,
    clock: &mut Clock,
) -> Option<()> {
    let mut entries = unit.entries_raw(None).ok()?;
    let mut entry = Entry::null();
    while !entries.is_empty() {
        let is_entry = entries.read_entry(&mut entry).ok()?;
        clock.step(1 + entry.attrs().len())?;
        if !is_entry {
            continue;
        }
        let depth = entry.depth();
        if scopes.first().is_some_and(|function: &Scope| depth <= function.depth) {
            return Some(()); // past the function that was found
        }
        let can_be = match scopes.last() {
            None => entry.tag() == gimli::DW_TAG_subprogram,
            Some(scope) => {
                entry.tag() == gimli::DW_TAG_inlined_subroutine && depth > scope.depth
            }
        };
        if can_be && scopes.len() < INLINED_MAX && contains(dwarf, unit, &entry, address, clock)? {
            scopes.push(Scope {
                depth,
                name: name_of(dwarf, unit, &entry, clock),
                call_file: number(&entry, gimli::DW_AT_call_file),
                call_line: number(&entry, gimli::DW_AT_call_line) as u32,
                call_column: number(&entry, gimli::DW_AT_call_column) as u32,
            });
        }
    }
    Some(())
}

fn number(entry: &Entry<'_>, name: gimli::DwAt) -> u64 {
    match entry.attr_value(name) {
        Some(AttributeValue::FileIndex(value)) => value,
        Some(value) => value.udata_value().unwrap_or(0),
        None => 0,
    }
}

/// None once the time is over.
fn contains<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    entry: &Entry<'a>,
    address: u64,
    clock: &mut Clock,
) -> Option<bool> {
    let low = entry
        .attr_value(gimli::DW_AT_low_pc)
        .and_then(|value| dwarf.attr_address(unit, value).ok().flatten());
    if let (Some(low), Some(high)) = (low, entry.attr_value(gimli::DW_AT_high_pc)) {
        let end = match high {
            AttributeValue::Addr(end) => Some(end),
            other => other.udata_value().and_then(|size| low.checked_add(size)),
        };
        return Some(end.is_some_and(|end| low <= address && address < end));
    }
    let ranges = entry
        .attr_value(gimli::DW_AT_ranges)
        .and_then(|value| dwarf.attr_ranges(unit, value).ok().flatten());
    if let Some(mut ranges) = ranges {
        clock.look()?; // empty ranges are skipped, however many there are
        while let Ok(Some(range)) = ranges.next() {
            clock.step(1)?;
            if range.begin <= address && address < range.end {
                return Some(true);
            }
        }
    }
    Some(false)
}

/// The name for the linker, where there is one: it tells overloads apart.
fn name_of<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    entry: &Entry<'a>,
    clock: &Clock,
) -> Option<String> {
    let mut current = entry.clone();
    let mut plain = None;
    for _ in 0..HOPS_MAX {
        let linkage = current
            .attr(gimli::DW_AT_linkage_name)
            .or_else(|| current.attr(gimli::DW_AT_MIPS_linkage_name));
        if let Some(name) = linkage.and_then(|attribute| attribute_text(dwarf, unit, attribute, clock)) {
            return Some(demangle(&name, NAME_MAX).unwrap_or(name));
        }
        if plain.is_none() {
            plain = current
                .attr(gimli::DW_AT_name)
                .and_then(|attribute| attribute_text(dwarf, unit, attribute, clock));
        }
        let next = current
            .attr_value(gimli::DW_AT_abstract_origin)
            .or_else(|| current.attr_value(gimli::DW_AT_specification));
        let offset = match next {
            Some(AttributeValue::UnitRef(offset)) => offset,
            Some(AttributeValue::DebugInfoRef(offset)) => {
                match offset.to_unit_offset(&unit.header) {
                    Some(offset) => offset,
                    None => break,
                }
            }
            _ => break,
        };
        match unit.entry(offset) {
            Ok(next) => current = next,
            Err(_) => break,
        }
    }
    plain
}

fn attribute_text<'a>(
    dwarf: &Dwarf<Slice<'a>>,
    unit: &Unit<Slice<'a>>,
    attribute: &Attribute<Slice<'a>>,
    clock: &Clock,
) -> Option<String> {
    clock.look()?; // the end of a text may be far
    let name = dwarf.attr_string(unit, attribute.value()).ok()?;
    Some(text(name, NAME_MAX)).filter(|name| !name.is_empty())
}
