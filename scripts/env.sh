# Sourced by the other scripts: strict mode, the repository's root, and a build cache that outlives a checkout.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/idos/target}"
say() { printf '\n== %s\n' "$*"; }
