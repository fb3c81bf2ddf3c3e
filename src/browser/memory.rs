//! The wasm's allocator: blocks of powers of two and one and a half times those, each size with a list of free ones.
//! Some 400 bytes of wasm where the standard one takes 6,000. Never gives memory back to the page; `--max-memory` bounds it.
#![allow(unsafe_code)] // An allocator cannot be written without; nothing else here is.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;

/// Sizes from 16 bytes to 16 MiB, two for each power of two.
const SIZES: usize = 42;
const PAGE: usize = 65_536;

/// For each size the first free block, whose first word points to the next; then the bounds of memory never used.
struct Memory(UnsafeCell<([usize; SIZES], usize, usize)>);

// SAFETY: the module is instantiated without shared memory, so there is one thread.
unsafe impl Sync for Memory {}

#[global_allocator]
static MEMORY: Memory = Memory(UnsafeCell::new(([0; SIZES], 0, 0)));

/// Index and bytes of the smallest block that holds `bytes`.
#[inline(never)]
fn size_of(bytes: usize) -> (usize, usize) {
    let mut index = 0;
    let mut size = 16;
    // 16, 24, 32, 48, 64…: by turns half more and a third more.
    while size < bytes {
        size += if index % 2 == 0 { size / 2 } else { size / 3 };
        index += 1;
    }
    (index, size)
}

// SAFETY: a block is handed out once, is at least as large as asked for, and is aligned to eight bytes, the most any type
// here needs; a free block holds at least one word.
unsafe impl GlobalAlloc for Memory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let (index, size) = size_of(layout.size());
        // SAFETY: one thread, and nothing here calls back.
        let (free, next, end) = unsafe { &mut *self.0.get() };
        let Some(first) = free.get_mut(index) else { return std::ptr::null_mut() };
        if *first != 0 {
            let block = *first as *mut usize;
            // SAFETY: blocks on the list were handed out by this allocator and given back.
            *first = unsafe { *block };
            return block.cast();
        }
        if *end - *next < size {
            let pages = size.div_ceil(PAGE);
            let page = std::arch::wasm32::memory_grow(0, pages);
            if page == usize::MAX {
                return std::ptr::null_mut();
            }
            // Pages follow each other unless somebody else grew the memory; then the rest is left.
            if page * PAGE != *end {
                *next = page * PAGE;
            }
            *end = (page + pages) * PAGE;
        }
        let block = *next;
        *next += size;
        block as *mut u8
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (index, _) = size_of(layout.size());
        // SAFETY: as in `alloc`.
        let (free, ..) = unsafe { &mut *self.0.get() };
        if let Some(first) = free.get_mut(index) {
            // SAFETY: the block is ours, unused, aligned and at least sixteen bytes.
            unsafe { *block.cast::<usize>() = *first };
            *first = block as usize;
        }
    }
}
