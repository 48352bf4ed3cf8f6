"""One measured run, in a fresh process: the trainer under a work order as the functions app writes it, or the peer."""
import dataclasses
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent
root = here.parent.parent
binaries = root / "artifacts/embedded/bin"
threads = os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count()))  # both sides take their threads from it
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads that spin while a neighbour has their core make both sides ten times slower
program = [os.environ["TUNING_TRAINER"]] if "TUNING_TRAINER" in os.environ else ["dotnet", binaries / "TrainerContainer/release/ServerlessTuning.Trainer.dll"]
work = pathlib.Path(tempfile.mkdtemp(prefix="tuning-bench-"))
LORA_TARGETS = [f"{x}_proj" for x in ("q", "k", "v", "o", "gate", "up", "down")]
RANK = 16
PREFERENCE = dict(loss="sigmoid", beta=0.1, labelSmoothing=0, gamma=0, desirableWeight=1, undesirableWeight=1)
REINFORCEMENT = dict(grader=dict(type="regex", name="brief", input="{{ sample.output_text }}", pattern="^(\\S+\\s+){1,9}\\S+[.!?]$"), generations=8, maxAnswerTokens=48, temperature=1, topP=1,
                     beta=0, loss="dapo", importance="token", epsilon=0.2, epsilonHigh=0.2, scaleRewards="group")


class Refused(Exception):
    """The program would not do it; the text is its last line."""


@dataclasses.dataclass(frozen=True)
class Setting:
    """One configuration: what is trained on what (a shard, or a folder that the product prepared), and how. Rows are counted a step, lengths in tokens."""
    model: pathlib.Path
    shard: pathlib.Path
    method: str = "full"
    precision: str = "float32"
    small: bool = False
    steps: int = 8
    rows: int = 8
    micro: int = 8
    context: int = 512
    batching: str = "packed"
    task: str = "supervised"
    rate: float = 1e-4
    optimizer: str = "adamw"

    @property
    def pairs(self):
        """Examples have two sequences."""
        return self.task in ("sequence_to_sequence", "preference")


@dataclasses.dataclass(frozen=True)
class Figure:
    """Tokens per second (median of the steps after the first), peak resident MiB, the losses of the steps."""
    speed: float
    memory: float
    losses: list


def measured(*command, **more):
    """Runs a program in a fresh process; its output and its peak resident memory in MiB (VmHWM)."""
    with open(work / "out.txt", "w+") as out:
        process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, **more)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode != 0:
        raise Refused(f"{pathlib.Path(str(command[1])).name} ended with {process.returncode}: " + " ".join(text.strip().splitlines()[-3:])[-400:])
    return text, usage.ru_maxrss / 1024


def made(kind, name, *arguments):
    """A model's folder or a shard, made once."""
    path = work / "made" / name
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        measured(sys.executable, here / "make.py", kind, path, *arguments)
    return path


def rates():
    """FLOP/s of large products, by type."""
    return json.loads(measured(sys.executable, here / "rate.py")[0])


def order(setting, run):
    """A work order with the training stage alone."""
    training = dict(totalSteps=setting.steps, warmupSteps=0, learningRate=setting.rate, schedule="constant", weightDecay=0, maxGradNorm=1,
                    batchTokens=setting.rows * setting.context * (1 + setting.pairs), sequencesPerExample=1 + setting.pairs, optimizer=setting.optimizer, contextLength=setting.context, microBatchRows=setting.micro, evaluateEverySteps=10**6,
                    checkpointEverySteps=10**6, precision=setting.precision, recompute=setting.small)
    lora = dict(rank=RANK, alpha=2 * RANK, dropout=0, targetModules=LORA_TARGETS) if setting.method == "lora" else None
    plan = dict(base="bench", model="bench", task=setting.task, lora=lora, fromScratch=False, training=training, gate=dict(minimumImprovement=0), seed=1, reasons=[])
    plan |= dict(preference=PREFERENCE) if setting.task == "preference" else dict(reinforcement=REINFORCEMENT) if setting.task == "reinforcement" else {}
    nothing = dict(examples=0, tokens=0, supervisedTokens=0, shards=[])
    report = dict(usable=True, format="text", task=setting.task, contextLength=setting.context, train=nothing | dict(examples=1, shards=["train.safetensors"]),
                  validation=nothing, test=nothing, duplicates=0, truncated=0, dropped=0, problemCount=0, problems=[],
                  sequencesPerExample=1 + setting.pairs)
    report = json.loads((setting.shard / "report.json").read_text()) if setting.shard.is_dir() else report
    return dict(runId=run, attempt=1, epoch=1, plan=plan, dataset=report, stages=["train"], heartbeatSeconds=5, leaseSeconds=10**6)


def trainer(setting):
    run, storage = "bench-run", work / "storage"
    shutil.rmtree(storage, ignore_errors=True)
    (storage / "runs" / run / "attempts/1").mkdir(parents=True)
    (storage / "models/bench").mkdir(parents=True)
    dataset = storage / "runs" / run / "dataset"
    if setting.shard.is_dir():
        shutil.copytree(setting.shard, dataset)
    else:
        dataset.mkdir()
        shutil.copy(setting.shard, dataset / "train.safetensors")
    shutil.copytree(setting.model, storage / "models/bench/base", copy_function=os.link)  # a large model lies on the disk once
    (storage / "runs" / run / "attempts/1/order.json").write_text(json.dumps(order(setting, run)))
    environment = os.environ | {"Tuning__Storage": f"file://{storage}", "Tuning__Work": str(work / "work")}
    _, memory = measured(*program, "run", f"{run}/attempts/1/order.json", env=environment)
    steps = [line for line in map(json.loads, open(storage / "runs" / run / "metrics.jsonl")) if line.get("loss") is not None]
    shutil.rmtree(storage)
    shutil.rmtree(work / "work", ignore_errors=True)
    return figure([step["tokensPerSecond"] for step in steps], memory, [step["loss"] for step in steps])


def peer(setting):
    text, memory = measured(sys.executable, here / "peer.py", setting.model, setting.shard, setting.method, setting.precision, setting.steps,
                            setting.rows, setting.micro, setting.context, setting.batching)
    result = json.loads(text.strip().splitlines()[-1])
    return figure(result["tokensPerSecond"], memory, result["losses"])


def figure(speeds, memory, losses):
    """The first step allocates; a median does not see a neighbour's short burst."""
    return Figure(statistics.median(speeds[1:] or speeds), memory, losses)


def best(figures):
    """Of several rounds: the quickest, for the machine may be shared, with its own memory."""
    return max(figures, key=lambda one: one.speed)
