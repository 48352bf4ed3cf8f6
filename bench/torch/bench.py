"""Operator overhead and matrix products of the embedded TorchSharp beside Python's torch, in one run.

    dotnet build -c Release bench/torch && /usr/bin/python3 bench/torch/bench.py [threads]...

Both are measured three times in turn in fresh processes; the fastest counts. Prints a table and writes results.md beside this file.
"""
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

import torch

here = pathlib.Path(__file__).resolve().parent
program = here.parent.parent / "artifacts/embedded/bin/Bench.Torch/release/ServerlessTuning.Bench.Torch.dll"


def microseconds(action):
    count, best = 1, float("inf")
    for block in range(10):
        start = time.perf_counter()
        for _ in range(count):
            action()
        each = (time.perf_counter() - start) / count * 1e6
        best = float("inf") if block < 2 else min(best, each)
        count = max(1, int(50_000 / each))
    return best


def product(m, k, n, dtype):
    a, b = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype)
    return lambda: a.mm(b)


def measure(threads):
    torch.set_num_threads(threads)
    small, weight = torch.ones(2, 2), torch.ones(2, 2, requires_grad=True)
    cases = {
        "add": lambda: small.add(small),
        "add, in place": lambda: small.add_(small),
        "add, recorded": lambda: weight.add(small),
        "view, recorded": lambda: weight.view(4),
        "16 x 16 product": product(16, 16, 16, torch.float32),
        "forward and backward of 3 ops": lambda: weight.mul(small).add(small).sum().backward(),
    }
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16)):
        for m, k, n in ((256, 256, 256), (4096, 256, 1024), (1024, 1024, 1024)):
            cases[f"{name} {m} x {k} x {n}"] = product(m, k, n, dtype)
    return {name: microseconds(action) for name, action in cases.items()}


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


if sys.argv[1:2] == ["--measure"]:
    print(json.dumps(measure(int(sys.argv[2]))))
    sys.exit()

cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
blas = os.path.realpath("/usr/lib/x86_64-linux-gnu/libblas.so.3")
lines = ["# Embedded TorchSharp beside Python's torch", "",
         f"Made by `bench/torch/bench.py`: {cpu}, {os.cpu_count()} cores, {platform.platform()}, torch {torch.__version__}, BLAS {blas}; "
         f"load of the machine at the start {os.getloadavg()[0]:.1f}. Fastest of three fresh processes each, in turn. A ratio above 1: the embedded one is faster."]
for threads in sys.argv[1:] or sorted({"1", str(os.cpu_count())}):
    rounds = [(run(["dotnet", program, threads]), run([sys.executable, __file__, "--measure", threads])) for _ in range(3)]
    lines += ["", f"| {threads} thread{'s' * (threads != '1')} | C# µs | Python µs | ratio | C# GFLOP/s |", "| --- | ---: | ---: | ---: | ---: |"]
    for case in rounds[0][0]:
        ours, theirs = (min(r[side][case] for r in rounds) for side in (0, 1))
        sizes = [int(n) for n in case.split() if n.isdigit()]
        speed = f"{2 * sizes[0] * sizes[1] * sizes[2] / ours / 1e3:,.0f}" if len(sizes) == 3 else ""
        lines.append(f"| {case} | {ours:,.2f} | {theirs:,.2f} | {theirs / ours:.2f} | {speed} |")
print("\n".join(lines))
(here / "results.md").write_text("\n".join(lines) + "\n")
