#!/usr/bin/env bash
# Builds the extension with a profile of the benches' workloads, and prints its path. It takes twice as long as a build.
# Needs `rustup component add llvm-tools`, and orjson and urllib3 in the Python that runs the workloads (PYTHON=python3).
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
OUT=${OUT:-$PWD/target/profile}
HOST=$(rustc -vV | sed -n 's/^host: //p')
PROFDATA=$(rustc --print sysroot)/lib/rustlib/$HOST/bin/llvm-profdata

build() { # folder, flags
    RUSTFLAGS="$2" cargo build --release --locked --quiet -p ssescan-py --target-dir "$OUT/$1" >&2
}

[ -x "$PROFDATA" ] || { echo "llvm-profdata is missing. Run: rustup component add llvm-tools" >&2; exit 1; }
rm -rf "$OUT/raw" "$OUT/package"
build instrumented "-Cprofile-generate=$OUT/raw"
mkdir -p "$OUT/package"
cp -r python/ssescan "$OUT/package"
rm -f "$OUT"/package/ssescan/_core.*.so
suffix=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
cp "$OUT/instrumented/release/lib_core.so" "$OUT/package/ssescan/_core$suffix"
PYTHONPATH="$OUT/package" "$PYTHON" benches/train.py
"$PROFDATA" merge -o "$OUT/core.profdata" "$OUT"/raw
rm -rf "$OUT/guided" # Cargo does not see that the profile changed
build guided "-Cprofile-use=$OUT/core.profdata"
echo "$OUT/guided/release/lib_core.so"
