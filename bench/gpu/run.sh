#!/usr/bin/env bash
# Builds the door against this machine's PyTorch, verifies the trainer's numbers, and measures it beside transformers and PEFT.
#   bash bench/gpu/run.sh [--cpu] [SHAPE ...]        --cpu: a dry run of every part with a tiny model; shapes: qwen-0.5b qwen-1.5b llama-8b
# Runs in the package that pack.sh made, or in a checkout after pack.sh. Needs python3 with torch, g++; PYTHON names another Python.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ ! -d "$root/trainer" ]; then root=$root/artifacts/gpu/tuning-gpu; fi
[ -d "$root/trainer" ] || { echo "run.sh: found no packed trainer in '$root', expected trainer/. Run bash bench/gpu/pack.sh where .NET is." >&2; exit 1; }
python=${PYTHON:-python3}
"$python" -c 'import torch' || { echo "run.sh: '$python' has no torch. Install PyTorch, or name another Python: PYTHON=/path/to/python3 bash run.sh" >&2; exit 1; }

# Debian's torch keeps its headers in /usr/include, where build.sh finds them; a wheel brings its own.
home=$("$python" -c 'import os, torch; print(os.path.dirname(torch.__file__))')
if [ -f "$home/include/torch/script.h" ]; then export TORCH_HOME=$home; fi
bash "$root/src/Embedded/TorchSharp/native/build.sh" "$root/door"
cp "$root/door/libtorchdoor.so" "$root/trainer/"

export TUNING_TRAINER=$root/trainer/ServerlessTuning.Trainer
if [ -d "$root/fixtures" ]; then
    "$TUNING_TRAINER" verify "$root/fixtures"
else
    echo "No fixtures in the package: verification left out (pack.sh takes their folder)."
fi
exec "$python" "$here/bench.py" "$@"
