#!/usr/bin/env bash
# Builds dist/: the sdist, and a wheel of each supported Python for three kinds of Linux. Then checks them.
# Zig links against old C libraries, so the Pythons and the other systems need not be installed. RUSTFLAGS can name a
# profile of tools/profile.sh.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${1:?the bin folder of an environment with the dependency group release}
pythons=(-i python3.11 -i python3.12 -i python3.13 -i python3.14)

build() { # target, platform tag
    rustup target add --toolchain "$(rustup show active-toolchain | cut -d' ' -f1)" "$1" 2>/dev/null
    "$bin/maturin" build --release --locked --zig --target "$1" --compatibility "$2" "${pythons[@]}" --out dist
}

export PATH=$bin:$PATH # maturin runs zig as `python3 -m ziglang`
rm -rf dist
"$bin/maturin" sdist --out dist
build x86_64-unknown-linux-gnu manylinux2014
build aarch64-unknown-linux-gnu manylinux2014
build x86_64-unknown-linux-musl musllinux_1_2

"$bin/twine" check --strict dist/*
for wheel in dist/*manylinux*.whl; do
    "$bin/auditwheel" show "$wheel" | tr '\n' ' ' | grep -oE 'consistent with the following platform tag: "manylinux_2_17_[a-z0-9_]+"' |
        sed "s|^|$(basename "$wheel"): |"
done
ls -l dist
