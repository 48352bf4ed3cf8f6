#!/usr/bin/env bash
# Packs what a GPU machine without .NET needs into artifacts/gpu/tuning-gpu.tar.gz: the trainer with its own runtime, the door's source, the bench.
#   bash bench/gpu/pack.sh [FOLDER OF VERIFICATION FIXTURES]
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
fixtures=${1:-}
out=$root/artifacts/gpu
package=$out/tuning-gpu

[ -z "$fixtures" ] || [ -f "$fixtures/index.json" ] || { echo "pack.sh: found no index.json in '$fixtures', expected a folder as 'trainer verify' reads it." >&2; exit 1; }
rm -rf "$package"
mkdir -p "$package/bench" "$package/src/Embedded/TorchSharp" "$package/samples/models" "$package/docs"
dotnet publish "$root/src/TrainerContainer/TrainerContainer.csproj" --configuration Release --runtime linux-x64 --self-contained \
    --output "$package/trainer" -p:TuningStack=Embedded -p:DebugType=none -v q --nologo
rm -f "$package/trainer/libtorchdoor.so" "$package"/trainer/*.xml # that machine's PyTorch gets a door of its own
cp -r "$root/src/Embedded/TorchSharp/native" "$package/src/Embedded/TorchSharp/"
cp -r "$root/bench/trainer" "$root/bench/gpu" "$package/bench/"
cp -r "$root/samples/models/sample-base" "$package/samples/models/"
find "$package" -name __pycache__ -prune -exec rm -rf {} +
[ -z "$fixtures" ] || cp -r "$fixtures" "$package/fixtures"
tar -C "$out" -czf "$out/tuning-gpu.tar.gz" tuning-gpu
du -h "$out/tuning-gpu.tar.gz"
echo "There: tar xzf tuning-gpu.tar.gz && bash tuning-gpu/bench/gpu/run.sh"
