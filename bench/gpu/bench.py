"""The trainer beside transformers + PEFT on one GPU: tokens per second, device memory, share of the device's measured product rate. Called by run.sh.

    python3 bench.py [--cpu] [SHAPE ...]
"""
import argparse
import dataclasses
import json
import pathlib
import platform
import shutil
import subprocess
import sys
import threading

here = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent / "trainer"))
import runs
import shapes
from runs import Refused, Setting, made, measured, trainer
from tables import Tables

FULL_BYTES = 20  # a weight that trains: float32 weight, gradient, two moments, and its bfloat16 copy with room for activations


class Watch:
    """The most device memory in use while it is open, MiB, as nvidia-smi sees it ten times a second; 0 without a GPU."""

    def __init__(self, gpu):
        self.gpu, self.most, self.done = gpu, 0, threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.look)
        self.thread.start()
        return self

    def look(self):
        while self.gpu and not self.done.wait(0.1):
            self.most = max(self.most, smi("memory.used"))

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def smi(what):
    return int(subprocess.run(["nvidia-smi", f"--query-gpu={what}", "--format=csv,noheader,nounits", "-i", "0"], capture_output=True, text=True, check=True).stdout)


def peer(setting):
    text, memory = measured(sys.executable, here / "peer.py", setting.model, setting.shard, setting.method, setting.steps, setting.rows, setting.micro, setting.context,
                            "recompute" if setting.small else "keep")
    result = json.loads(text.strip().splitlines()[-1])
    return runs.figure(result["tokensPerSecond"], memory, result["losses"])


def watched(gpu, program, setting):
    """The figure with the device's memory in it; None when the program would not, with its reason on stderr."""
    with Watch(gpu) as watch:
        try:
            figure = program(setting)
        except Refused as why:
            print(f"{setting.model.name}, {setting.method}: {why}", file=sys.stderr)
            return None
    return dataclasses.replace(figure, memory=watch.most) if gpu else figure


def cell(figure, show):
    return "—" if figure is None else show(figure)


def compare(out, shape, gpu, rate, tiny):
    context = 128 if tiny else 2048
    for method in ("lora", "full"):
        if gpu and method == "full" and shape.parameters * FULL_BYTES > smi("memory.total") * 2**20:
            out.say(f"{shape.name}, full: left out, {shape.parameters * FULL_BYTES / 2**30:.0f} GiB of states do not fit.")
            continue
        shard = made("whole", f"whole-{shape.config['vocab_size']}-{context}.safetensors", shape.config["vocab_size"], context, 32)
        for small in (False, True):
            setting = Setting(made("model", shape.name, shape.name), shard, method, "bfloat16", small, steps=3 if tiny else 8, rows=4, micro=4, context=context)
            ours, theirs = watched(gpu, trainer, setting), watched(gpu, peer, setting)
            work = shape.flops(context, shape.lora_weights(runs.RANK) if method == "lora" else 0)
            out.row(shape.name, method, "recomputed" if small else "kept", cell(theirs, lambda f: f"{f.speed:,.0f}"), cell(ours, lambda f: f"{f.speed:,.0f}"),
                    "—" if ours is None or theirs is None else f"{ours.speed / theirs.speed:.2f}", cell(theirs, lambda f: f"{f.memory:,.0f}"), cell(ours, lambda f: f"{f.memory:,.0f}"),
                    cell(ours, lambda f: f"{100 * f.speed * work / rate:.0f} %"), cell(ours, lambda f: f"{f.losses[-1]:.3f}"), cell(theirs, lambda f: f"{f.losses[-1]:.3f}"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("shapes", nargs="*", default=["qwen-0.5b", "qwen-1.5b", "llama-8b"])
    parser.add_argument("--cpu", action="store_true")
    args = parser.parse_args()
    found = json.loads(measured(sys.executable, here / "device.py")[0].strip().splitlines()[-1])
    if not found["gpu"] and not args.cpu:
        sys.exit("bench.py: found no GPU that torch can use. For a dry run of all parts on the processor: run.sh --cpu")
    report = runs.work / "dry-run.md" if args.cpu else here / "results.md"
    out = Tables(report, f"{found['name']}, torch {found['torch']}, transformers {found['transformers']}, PEFT {found['peft']}, {platform.platform()}", "Trainer on a GPU", "bench/gpu/run.sh")
    out.begin(f"{found['name']}", f"bfloat16 products, 4 rows of {'128' if args.cpu else '2,048'} a step, LoRA of rank {runs.RANK} on every matrix; random weights. The device multiplies at {found['rate'] / 1e12:,.1f} TFLOP/s.",
              "model", "method", "activations", "peer tok/s", "trainer tok/s", "÷ peer", "peer MiB", "trainer MiB", "share of rate", "loss", "peer loss")
    try:
        for shape in [shapes.LLAMA_6M] if args.cpu else [shapes.BY_NAME[name] for name in args.shapes]:
            compare(out, shape, not args.cpu, found["rate"], args.cpu)
            shutil.rmtree(runs.work / "made" / shape.name, ignore_errors=True)  # the disk holds one large model
    finally:
        shutil.rmtree(runs.work)


main()
