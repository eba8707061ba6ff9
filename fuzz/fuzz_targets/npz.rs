//! Any bytes as NumPy's archive.
#![no_main]

use libfuzzer_sys::fuzz_target;
use traghetto::weights::npz;

fuzz_target!(|data: &[u8]| {
    if let Ok(arrays) = npz::read(data) {
        for array in arrays {
            let len = match array.data {
                npz::Values::Float32(values) => values.len(),
                npz::Values::Int8(values) => values.len(),
            };
            assert_eq!(array.shape.iter().product::<usize>(), len);
        }
    }
});
