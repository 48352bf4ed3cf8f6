"""Opening and summing a 1 GB checkpoint, beside reading its file and beside Python's torch, in one run.

    dotnet build -c Release bench/checkpoints && /usr/bin/python3 bench/checkpoints/bench.py

Writes a checkpoint of 1 GB (F32, then BF16) to a temporary folder, with a warm page cache. Each program runs three times in turn in fresh processes; the
fastest counts, but the most resident memory. Prints a table and writes results.md beside this file.
"""
import json
import os
import pathlib
import platform
import struct
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
program = here.parent.parent / "artifacts/embedded/bin/Bench.Checkpoints/release/ServerlessTuning.Bench.Checkpoints.dll"


def peer(path):
    """Reads the file plainly, and sums it as torch sees it mapped."""
    import torch

    def read():
        buffer = bytearray(1 << 20)
        with open(path, "rb", buffering=0) as file:
            while file.readinto(buffer):
                pass

    def tensors():
        size = os.path.getsize(path)
        with open(path, "rb") as file:
            length = struct.unpack("<Q", file.read(8))[0]
            header = json.loads(file.read(length))
        views = []
        for name, entry in header.items():
            dtype = {"F32": torch.float32, "BF16": torch.bfloat16}[entry["dtype"]]
            each = torch.empty(0, dtype=dtype).element_size()
            whole = tensors.maps.setdefault(dtype, None)
            if whole is None:
                whole = tensors.maps[dtype] = torch.from_file(path, shared=False, size=size // each, dtype=dtype)
            begin, end = entry["data_offsets"]
            views.append(whole[(8 + length + begin) // each:(8 + length + end) // each].view(entry["shape"]))
        return views

    def total():
        tensors.maps = {}
        return sum(view.sum().item() for view in tensors())

    def best(action):
        times = []
        for _ in range(5):
            start = time.perf_counter()
            action()
            times.append((time.perf_counter() - start) * 1e3)
        return min(times)

    tensors.maps = {}
    start = time.perf_counter()
    tensors()
    opened = (time.perf_counter() - start) * 1e3
    return {"openMs": opened, "readMs": best(read), "sumMs": best(total), "total": total()}


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def processor():
    return next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())


if sys.argv[1:2] == ["--peer"]:
    print(json.dumps(peer(sys.argv[2])))
    sys.exit()

rows = []
for dtype in ("F32", "BF16"):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(f"{folder}/small")
        header = json.dumps({"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
        header += b" " * (-len(header) % 8)
        pathlib.Path(f"{folder}/small/model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
        subprocess.run(["dotnet", program, "write", folder, dtype], check=True)
        ours, theirs = [], []
        for _ in range(3):
            ours.append(run(["dotnet", program, "measure", folder]))
            theirs.append(run([sys.executable, __file__, "--peer", f"{folder}/model.safetensors"]))
        if ours[0]["total"] != theirs[0]["total"]:
            sys.exit(f"The sums differ: {ours[0]['total']} and {theirs[0]['total']}.")
        rows.append((dtype, ours, theirs))

least = lambda results, key: min(result[key] for result in results)
lines = [
    "# Opening a checkpoint of 1 GB", "",
    f"Made by `bench/checkpoints/bench.py`: {processor()}, {os.cpu_count()} cores, {os.environ.get('OMP_NUM_THREADS', 'all')} threads, {platform.platform()}; load of the machine {os.getloadavg()[0]:.1f}. "
    "Fastest of three fresh processes each, most memory; warm page cache. Opening maps every tensor and touches none. Summing opens anew and adds up every number; reading is "
    f"plain `read` of the same file into 1 MB, in the same process. The first checkpoint of a process, of two numbers, takes the trainer {max(least(ours, 'coldMs') for _, ours, _ in rows):.0f} ms: the reader is compiled.", "",
    "| checkpoint | | open | resident, more | read | sum | sum / read |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
for dtype, ours, theirs in rows:
    size = f"{ours[0]['tensors']} tensors {dtype}, {ours[0]['bytes'] / 1e9:.2f} GB"
    for name, results in ((f"{size} | trainer", ours), (f" | Python's torch", theirs)):
        resident = max((result["residentMiB"] for result in results), default=0) if "residentMiB" in results[0] else None
        lines.append(f"| {name} | {least(results, 'openMs'):.1f} ms | {'' if resident is None else f'{resident:.1f} MiB'} | {least(results, 'readMs'):.0f} ms | {least(results, 'sumMs'):.0f} ms "
                     f"| {min(result['sumMs'] / result['readMs'] for result in results):.2f} |")
lines += ["", "Targets: open below 50 ms with less than 20 MB more resident; sum / read at most 1.3."]
(here / "results.md").write_text("\n".join(lines) + "\n")
print("\n".join(lines))
