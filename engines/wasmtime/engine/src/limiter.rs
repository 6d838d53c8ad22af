//! Asks a C function before a store grows a memory, a GC heap or a table. Wasmtime's own C API has fixed limits only,
//! for each of them alone.
use std::ffi::c_void;
use std::mem::{ManuallyDrop, size_of};

use wasmtime_c_api::wasmtime::{
    AsContextMut, Engine, Error, MemoryType, ResourceLimiter, Result, SharedMemory, Store, StoreLimits,
};
use wasmtime_c_api::{WasmtimeStoreContextMut, WasmtimeStoreData, wasm_engine_t};

/// ringfort_engine.h describes it.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct ringfort_engine_limiter {
    data: *mut c_void,
    memory_growing: extern "C" fn(*mut c_void, usize, usize, usize) -> bool,
    memory_grow_failed: extern "C" fn(*mut c_void),
    table_growing: extern "C" fn(*mut c_void, usize, usize, usize) -> bool,
    drop: extern "C" fn(*mut c_void),
    instances: usize,
    tables: usize,
    memories: usize,
}

struct Asking {
    asked: ringfort_engine_limiter,
    /// What wasmtime_store_limiter has set for the same store: both have to agree.
    fixed: *mut StoreLimits,
}

// SAFETY: a store is used by one thread at a time, and its limiter with it.
unsafe impl Send for Asking {}
unsafe impl Sync for Asking {}

impl Asking {
    fn fixed(&mut self) -> &mut StoreLimits {
        // SAFETY: `hand_out` sets it at each use, from the store that uses it.
        unsafe { &mut *self.fixed }
    }
}

impl ResourceLimiter for Asking {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let maximum_or_all = maximum.unwrap_or(usize::MAX);
        Ok(self.fixed().memory_growing(current, desired, maximum)?
            && (self.asked.memory_growing)(self.asked.data, current, desired, maximum_or_all))
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        // Of growth past what the type can have, memory_growing was not asked.
        if !error.to_string().contains("memory type's limits") {
            (self.asked.memory_grow_failed)(self.asked.data);
        }
        self.fixed().memory_grow_failed(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let maximum_or_all = maximum.unwrap_or(usize::MAX);
        Ok(self.fixed().table_growing(current, desired, maximum)?
            && (self.asked.table_growing)(self.asked.data, current, desired, maximum_or_all))
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        self.fixed().table_grow_failed(error)
    }

    fn instances(&self) -> usize {
        // SAFETY: as in `fixed`.
        self.asked.instances.min(unsafe { (*self.fixed).instances() })
    }

    fn tables(&self) -> usize {
        // SAFETY: as in `fixed`.
        self.asked.tables.min(unsafe { (*self.fixed).tables() })
    }

    fn memories(&self) -> usize {
        // SAFETY: as in `fixed`.
        self.asked.memories.min(unsafe { (*self.fixed).memories() })
    }
}

/// Owned by the closure that a store keeps, and dropped with it.
struct Installed {
    asking: *mut Asking,
}

// SAFETY: as of Asking.
unsafe impl Send for Installed {}
unsafe impl Sync for Installed {}

impl Installed {
    fn hand_out<'a>(&mut self, data: &'a mut WasmtimeStoreData) -> &'a mut dyn ResourceLimiter {
        // SAFETY: the store borrows its data as long as it uses the limiter, and uses one at a time.
        let asking: &'a mut Asking = unsafe { &mut *self.asking };
        asking.fixed = &mut data.store_limits;
        asking
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        // SAFETY: it came from a box, and nobody else frees it.
        let asking = unsafe { Box::from_raw(self.asking) };
        (asking.asked.drop)(asking.asked.data);
    }
}

type WasmtimeStore = Store<WasmtimeStoreData>;

// A context is the address of what a store holds by one pointer, and an engine is one pointer too.
const _: () = assert!(size_of::<WasmtimeStore>() == size_of::<WasmtimeStoreContextMut<'_>>());
const _: () = assert!(size_of::<wasm_engine_t>() == size_of::<Engine>());

/// Installs a limiter in the place of the store's, which is dropped.
///
/// # Safety
/// `context` is a store's that nobody else uses meanwhile; `limiter` is as ringfort_engine.h says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ringfort_engine_limit(context: *mut c_void, limiter: &ringfort_engine_limiter) {
    let asking = Box::into_raw(Box::new(Asking { asked: *limiter, fixed: std::ptr::null_mut() }));
    let mut installing = Installed { asking };
    // SAFETY: both are one pointer to the same; it is not dropped here.
    let mut store = ManuallyDrop::new(unsafe { std::mem::transmute::<*mut c_void, WasmtimeStore>(context) });
    store.limiter(move |data| {
        let whole = &mut installing; // all of it moves in here, and not its fields
        whole.hand_out(data)
    });
}

/// Whether the store's engine makes shared memories, of whose growth no limiter is asked.
///
/// # Safety
/// `context` is a store's that nobody else uses meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ringfort_engine_shares_memory(context: *mut c_void) -> bool {
    // SAFETY: as in ringfort_engine_limit.
    let mut store = ManuallyDrop::new(unsafe { std::mem::transmute::<*mut c_void, WasmtimeStore>(context) });
    let context = store.as_context_mut();
    match SharedMemory::new(context.engine(), MemoryType::shared(0, 0)) {
        Ok(_) => true,
        Err(error) => !error.to_string().contains("shared memory support is disabled"),
    }
}

/// The engine's max_wasm_stack.
#[unsafe(no_mangle)]
pub extern "C" fn ringfort_engine_max_stack(engine: &wasm_engine_t) -> usize {
    // SAFETY: it is an engine and nothing else.
    let engine = unsafe { &*std::ptr::from_ref(engine).cast::<Engine>() };
    engine.get_max_wasm_stack()
}
