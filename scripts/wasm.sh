# Sourced by what builds wasm: finds a compiler for it.
#   wasm_toolchain <target> <crates of the standard library that the target needs, with commas>
# sets cargo and build_std, arrays to begin and to end a cargo command with; rustc, the compiler; and wasm_rustflags, what it needs beside one's own flags:
# paths of this machine must not become part of what is built, and rustc writes them into panic messages.
wasm_toolchain() {
    local target=$1 std=$2 debian_cargo folder linker
    wasm_rustflags=""
    for folder in "${CARGO_HOME:-$HOME/.cargo}/registry/src"/*; do wasm_rustflags+=" --remap-path-prefix=$folder=/crates"; done

    # rustup's standard library for wasm where it can be had, else Debian's compiler with the library's source.
    if rustup target add "$target" >/dev/null 2>&1; then
        cargo=(cargo) build_std=()
        rustc=rustc
    elif rustc=$(dpkg -L rustc-web 2>/dev/null | grep -m1 '/bin/rustc$') && debian_cargo=$(dpkg -L cargo-web 2>/dev/null | grep -m1 '/bin/cargo$'); then
        linker=CARGO_TARGET_$(tr a-z- A-Z_ <<<"$target")_LINKER
        cargo=(env RUSTC="$rustc" RUSTC_BOOTSTRAP=1 "$linker=wasm-ld" "$debian_cargo")
        build_std=("-Zbuild-std=$std")
        wasm_rustflags+=" --remap-path-prefix=$("$rustc" --print sysroot)=/rust"
    else
        echo "wasm needs a compiler: rustup target add $target, or on Debian: apt-get install rustc-web cargo-web rust-web-src lld" >&2
        return 1
    fi
}
