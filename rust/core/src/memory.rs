//! Allocations whose size depends on the input. They can fail, and then the stream ends; an ordinary allocation aborts the
//! process.

/// Memory could not be allocated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfMemory;

/// Events up to this size are not checked by [`check_available`].
const SMALL: usize = 1 << 20;

/// Appends `bytes` to `buffer`.
#[inline]
pub fn extend(buffer: &mut Vec<u8>, bytes: &[u8]) -> Result<(), OutOfMemory> {
    buffer.try_reserve(bytes.len()).map_err(|_| OutOfMemory)?;
    buffer.extend_from_slice(bytes);
    Ok(())
}

/// Checks that an event of this size can be handled, since names and errors are copied out of it. Its size is allocated and freed
/// at once, without touching the memory.
#[inline]
pub fn check_available(event_bytes: usize) -> Result<(), OutOfMemory> {
    match event_bytes <= SMALL {
        true => Ok(()),
        false => allocate(event_bytes),
    }
}

#[cold]
fn allocate(bytes: usize) -> Result<(), OutOfMemory> {
    let mut probe: Vec<u8> = Vec::new();
    let result = probe.try_reserve_exact(bytes);
    std::hint::black_box(&mut probe); // the compiler may leave out an allocation that is not used
    result.map_err(|_| OutOfMemory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_there_is() {
        assert_eq!(check_available(usize::MAX / 4), Err(OutOfMemory));
        assert_eq!(check_available(SMALL * 4), Ok(()));
    }

    #[test]
    fn bytes_are_appended() {
        let mut buffer = b"a".to_vec();
        assert_eq!(extend(&mut buffer, b"bc"), Ok(()));
        assert_eq!(buffer, b"abc");
    }
}
