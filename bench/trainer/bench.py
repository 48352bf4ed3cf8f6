"""Tokens per second and peak memory of the trainer beside plain PyTorch, in one run. See README.md beside this file.

    python3 bench/trainer/bench.py [MODEL_FOLDER] [DATASET.jsonl] [STEPS]
"""
import json
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
binaries = root / "artifacts/embedded/bin"
model = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else root / "samples/models/sample-base").resolve()
dataset = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else root / "samples/datasets/verses/train.jsonl").resolve()
STEPS, ROWS, MICRO, CONTEXT = int(sys.argv[3]) if len(sys.argv) > 3 else 40, 8, 8, 512
threads = os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count()))  # both sides take their threads from it
work = pathlib.Path(tempfile.mkdtemp(prefix="tuning-bench-"))


def measured(command, **more):
    """Runs a program in a fresh process; its output and its peak resident memory in MiB (VmHWM)."""
    out = open(work / "out.txt", "w+")
    process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, **more)
    _, status, usage = os.wait4(process.pid, 0)
    out.seek(0)
    text = out.read()
    if status != 0:
        sys.exit(f"{command} failed:\n{text}")
    return text, usage.ru_maxrss / 1024


def order(run, method, precision, report):
    """A work order as the functions app writes it, with the training stage alone."""
    training = dict(totalSteps=STEPS, warmupSteps=2, learningRate=1e-4, schedule="constant", weightDecay=0, maxGradNorm=1,
                    batchTokens=ROWS * CONTEXT, contextLength=CONTEXT, microBatchRows=MICRO, evaluateEverySteps=10**6,
                    checkpointEverySteps=10**6, precision=precision, recompute=False)
    targets = [f"{x}_proj" for x in ("q", "k", "v", "o", "gate", "up", "down")]
    lora = dict(rank=16, alpha=32, dropout=0, targetModules=targets) if method == "lora" else None
    plan = dict(base="bench", model="bench", task="supervised", lora=lora, fromScratch=False, training=training, gate=dict(minimumImprovement=0),
                seed=1, reasons=[])
    return dict(runId=run, attempt=1, epoch=1, plan=plan, dataset=report, stages=["train"], heartbeatSeconds=5, leaseSeconds=10**6)


def trainer(method, precision):
    run = f"{method}-{precision}"
    storage = work / "storage"
    (storage / "runs" / run / "attempts/1").mkdir(parents=True)
    shutil.copytree(work / "prepared", storage / "runs" / run / "dataset")
    report = json.load(open(work / "prepared/report.json"))
    json.dump(order(run, method, precision, report), open(storage / "runs" / run / "attempts/1/order.json", "w"))
    environment = os.environ | {"Tuning__Storage": f"file://{storage}", "Tuning__Work": str(work / "work")}
    _, memory = measured(["dotnet", binaries / "TrainerContainer/release/ServerlessTuning.Trainer.dll", "run", f"{run}/attempts/1/order.json"],
                         env=environment)
    lines = [json.loads(line) for line in open(storage / "runs" / run / "metrics.jsonl")]
    steps = [line for line in lines if line.get("loss") is not None][max(2, STEPS // 5):]
    seconds = sum(line["tokens"] / line["tokensPerSecond"] for line in steps)
    return sum(line["tokens"] for line in steps) / seconds, memory, steps[-1]["loss"]


def peer(method, precision):
    shards = [*(work / "prepared").rglob("*train*.safetensors")]
    text, memory = measured([sys.executable, here / "peer.py", model, sorted(shards)[0], method, precision, STEPS, ROWS, MICRO, CONTEXT])
    result = json.loads(text.strip().splitlines()[-1])
    return result["tokensPerSecond"], memory, result["loss"]


measured(["dotnet", binaries / "Cli/release/tuning.dll", "prepare", dataset, "--base", model, "--out", work / "prepared", "--context", CONTEXT])
shutil.copytree(model, work / "storage/models/bench/base")
cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
table = [f"{cpu}, {os.cpu_count()} cores, {threads} thread(s) each, load of the machine {os.getloadavg()[0]:.0f}, {platform.platform()}; {model.name}, {ROWS} rows of {CONTEXT} a step, micro-batch {MICRO}, {STEPS} steps, the first fifth not counted.", "",
         "| method | products | trainer tokens/s | PyTorch tokens/s | ratio | trainer peak MiB | PyTorch peak MiB |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]
for method in ("lora", "full"):
    for precision in ("float32", "bfloat16"):
        ours, theirs = trainer(method, precision), peer(method, precision)
        table.append(f"| {method} | {precision} | {ours[0]:,.0f} | {theirs[0]:,.0f} | {ours[0] / theirs[0]:.2f} | {ours[1]:.0f} | {theirs[1]:.0f} |")
        print(table[-1], flush=True)
(here / "results.md").write_text("# Trainer beside plain PyTorch\n\nMade by `bench/trainer/bench.py`; see README.md for how.\n\n" + "\n".join(table) + "\n")
shutil.rmtree(work)
