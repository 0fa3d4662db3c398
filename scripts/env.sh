# Sourced by the other scripts: strict mode, the repository's root, and a build cache that outlives a checkout.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/idos/target}"
# The Stellar contracts are libraries of the same names as NEAR's, and a library that is also a cdylib has no hash in its file's name: they need a place of their own.
STELLAR_TARGET_DIR="$CARGO_TARGET_DIR/contracts-stellar"
say() { printf '\n== %s\n' "$*"; }
