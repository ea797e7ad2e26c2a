#!/usr/bin/env bash
# Writes target/profile/core.profdata, the profile of the core's usual work, and prints its path. With
# RUSTFLAGS=-Cprofile-use=PATH the same version of rustc builds a faster extension, for any kind of machine.
# Needs rustup, and orjson and urllib3 in the Python that runs the workloads (PYTHON=python3).
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
OUT=${OUT:-$PWD/target/profile}
HOST=$(rustc -vV | sed -n 's/^host: //p')
PROFDATA=$(rustc --print sysroot)/lib/rustlib/$HOST/bin/llvm-profdata

[ -x "$PROFDATA" ] || rustup component add --toolchain "$(rustup show active-toolchain | cut -d' ' -f1)" llvm-tools >&2
rm -rf "$OUT/raw" "$OUT/package"
RUSTFLAGS="-Cprofile-generate=$OUT/raw" cargo build --release --locked --quiet -p ssescan-py --target-dir "$OUT/instrumented" >&2
mkdir -p "$OUT/package"
cp -r python/ssescan "$OUT/package"
rm -f "$OUT"/package/ssescan/_core.*.so
suffix=$("$PYTHON" -c 'import sysconfig; print(sysconfig.get_config_var("EXT_SUFFIX"))')
cp "$OUT/instrumented/release/lib_core.so" "$OUT/package/ssescan/_core$suffix"
PYTHONPATH="$OUT/package" "$PYTHON" benches/train.py
"$PROFDATA" merge -o "$OUT/core.profdata" "$OUT/raw"
echo "$OUT/core.profdata"
