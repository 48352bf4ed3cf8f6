#!/bin/bash
# Builds libtorchdoor.so into a folder, once for each source, compiler and libtorch. Called by the project file.
#   build.sh <output folder>
# libtorch is looked for in $TORCH_HOME, $LIBTORCH, Debian's paths, then in python3's torch.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$1
mkdir -p "$out"

fail() { echo "torchdoor : error TORCH001: $1" >&2; exit 1; }

cxx=${CXX:-g++}
command -v "$cxx" >/dev/null || fail "no C++ compiler '$cxx'. Install it: apt-get install g++"

home="" include="" lib=""
for candidate in "${TORCH_HOME:-}" "${LIBTORCH:-}"; do
    [ -n "$candidate" ] || continue
    [ -f "$candidate/include/torch/script.h" ] || fail "TORCH_HOME or LIBTORCH is '$candidate', which has no include/torch/script.h. Point it at an unpacked libtorch."
    home=$candidate
    break
done
if [ -z "$home" ] && [ -f /usr/include/torch/script.h ]; then
    include=/usr/include
    lib=/usr/lib/$("$cxx" -dumpmachine | sed 's/-pc-/-/')
elif [ -z "$home" ]; then
    home=$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))' 2>/dev/null || true)
    [ -n "$home" ] || fail "libtorch was not found. Install it (apt-get install libtorch-dev) or set TORCH_HOME to an unpacked libtorch."
fi
include=${include:-$home/include}
lib=${lib:-$home/lib}
[ -f "$lib/libtorch_cpu.so" ] || fail "no libtorch_cpu.so in $lib. Install it: apt-get install libtorch-dev"

headers=(-isystem "$include/torch/csrc/api/include")
[ "$include" = /usr/include ] || headers+=(-isystem "$include")   # the system folder may not be named twice

# Which of libstdc++'s two string types libtorch was built with: its own exports tell, as [cxx11] in mangled names.
abi=1
if ! grep -q -a -m1 '_ZN3c105ErrorC[12]ENS_14SourceLocationENSt7__cxx1112basic_string' "$lib/libc10.so"; then abi=0; fi

libraries=(-ltorch -ltorch_cpu -lc10)
[ ! -f "$lib/libtorch_cuda.so" ] || libraries+=(-ltorch_cuda -lc10_cuda)

key=$(cat "$here"/*.cpp "$here/build.sh" | sha256sum | cut -c1-16)-$(stat -Lc '%s-%Y' "$lib/libtorch_cpu.so")-$abi-$lib-$("$cxx" -dumpfullversion)
exec 9>"$out/lock"
flock 9
if [ -f "$out/libtorchdoor.so" ] && [ "$(cat "$out/key" 2>/dev/null)" = "$key" ]; then exit 0; fi

echo "torchdoor: compiling against $lib (about 20 s, once)"
"$cxx" -std=c++17 -O1 -g0 -fPIC -shared -fvisibility=hidden -w "-D_GLIBCXX_USE_CXX11_ABI=$abi" \
    "${headers[@]}" "$here"/*.cpp -o "$out/libtorchdoor.so.new" \
    -L"$lib" -Wl,-rpath,"$lib" -Wl,--no-as-needed "${libraries[@]}"
mv "$out/libtorchdoor.so.new" "$out/libtorchdoor.so"
echo "$key" > "$out/key"
