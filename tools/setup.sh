# shellcheck shell=bash
# What run and test need on a bare machine. Idempotent: each step looks first and does nothing when it is done.
# Sourced from the repository's root.

say() { printf '\033[2m%s\033[0m\n' "$*"; }

die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# need_apt PACKAGE... : installs what is missing, or prints the command when not root.
need_apt() {
    local missing=()
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    command -v apt-get >/dev/null || die "these packages are missing and this is not Debian or Ubuntu: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || die "these Debian packages are missing; run: sudo apt-get update && sudo apt-get install -y ${missing[*]}"
    say "installing from Debian: ${missing[*]}"
    local log=.tuning/apt.log
    mkdir -p .tuning
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 ||
        die "apt-get failed: $(tail -n 3 "$log" | tr '\n' ' ')(the whole output: $log)"
}

# .NET's SDK is not in Debian, so it cannot be installed from here.
need_dotnet() {
    command -v dotnet >/dev/null || die "the .NET SDK 10 is missing; see https://dotnet.microsoft.com/download"
    dotnet --version >/dev/null 2>&1 || die "global.json asks for the .NET SDK 10; installed: $(dotnet --list-sdks | tr '\n' ' ')"
}

# The storage emulator, from npm, at the version of tools/package-lock.json.
need_azurite() {
    if ! command -v node >/dev/null || ! command -v npm >/dev/null; then need_apt nodejs npm; fi
    [ tools/node_modules/.package-lock.json -nt tools/package-lock.json ] && return
    say "installing the storage emulator from npm"
    (cd tools && npm ci --no-fund --no-audit --loglevel=error) >.tuning/npm.log 2>&1 ||
        die "npm ci failed: $(tail -n 3 .tuning/npm.log | tr '\n' ' ')(the whole output: .tuning/npm.log)"
    touch tools/node_modules/.package-lock.json
}

# The tokenizers that the tests compare with; they and their vocabularies are large, so only ./test asks for them.
need_peers() {
    [ tests/peers/node_modules/.package-lock.json -nt tests/peers/package-lock.json ] && return
    say "installing tokenizers to compare with from npm"
    (cd tests/peers && npm ci --no-fund --no-audit --ignore-scripts --loglevel=error) >.tuning/npm-peers.log 2>&1 ||
        die "npm ci failed: $(tail -n 3 .tuning/npm-peers.log | tr '\n' ' ')(the whole output: .tuning/npm-peers.log)"
    touch tests/peers/node_modules/.package-lock.json
}

# The Dockerfile's checker; only CI asks for it.
need_dockerfilelint() {
    [ tools/lint/node_modules/.package-lock.json -nt tools/lint/package-lock.json ] && return
    (cd tools/lint && npm ci --no-fund --no-audit --ignore-scripts --loglevel=error) >.tuning/npm-lint.log 2>&1 ||
        die "npm ci failed: $(tail -n 3 .tuning/npm-lint.log | tr '\n' ' ')(the whole output: .tuning/npm-lint.log)"
    touch tools/lint/node_modules/.package-lock.json
}

# libtorch and the compiler for the native door of src/Embedded/TorchSharp.
need_libtorch() {
    # OpenBLAS: Debian's default BLAS is the reference one, 20 times slower for float32 products.
    [ -n "${LIBTORCH:-}${TORCH_HOME:-}" ] || need_apt libtorch-dev libopenblas0-openmp
    command -v g++ >/dev/null || need_apt g++
}

setup() {
    mkdir -p .tuning
    need_dotnet
    need_libtorch
    need_azurite
}

# build PROJECT_OR_SOLUTION : quiet when it works, the errors when it does not.
build() {
    say "building"
    dotnet build "$1" -c Release -nologo -v quiet -clp:ErrorsOnly >.tuning/build.log 2>&1 || {
        cat .tuning/build.log >&2
        die "the build failed"
    }
}
