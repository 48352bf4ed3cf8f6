"""Tokens per second and peak memory of the trainer beside plain PyTorch, in one run. See README.md beside this file.

    /usr/bin/python3 bench/trainer/bench.py [TABLE ...] [--rounds N]        tables: speed memory packing growth precision tasks answers; all by default
"""
import argparse
import dataclasses
import os
import pathlib
import platform
import shutil
import sys

import runs
import shapes
from runs import Refused, Setting, best, made, peer, trainer
from tables import Tables

here = pathlib.Path(__file__).resolve().parent
MIB = 2**20
PRECISIONS = ("float32", "bfloat16")


def model(shape):
    return shape.folder or made("model", shape.name, shape.name)


def full_rows(shape, length=512, count=128):
    return made("rows", f"rows-{shape.config['vocab_size']}-{length}.safetensors", shape.config["vocab_size"], length, count)


def rounds(count, *programs):
    """Ours, theirs, ours, theirs: neighbours on the machine disturb both alike."""
    figures = [[program() for program in programs] for _ in range(count)]
    return [best(column) for column in zip(*figures)]


def speed(out, args):
    out.begin("Speed and memory", "Rows of 512 that are full either way, every token supervised: nothing is won by packing. *fast* keeps activations, *small* recomputes them.",
              "model", "method", "products", "PyTorch tok/s", "fast tok/s", "÷ PyTorch", "small tok/s", "÷ fast", "PyTorch MiB", "fast MiB", "small MiB")
    seen = {}
    for shape, rows, steps in ((shapes.SAMPLE, 8, 16), (shapes.LLAMA_25M, 4, 8), (shapes.LLAMA_125M, 2, 5)):
        for method in ("full", "lora"):
            for precision in PRECISIONS:
                fast = Setting(model(shape), full_rows(shape), method, precision, steps=steps, rows=rows, micro=rows)
                ours, theirs, small = rounds(args.rounds, lambda: trainer(fast), lambda: peer(fast), lambda: trainer(dataclasses.replace(fast, small=True)))
                seen[shape.name, method, precision] = ours, theirs
                out.row(shape.name, method, precision, theirs.speed, ours.speed, f"{ours.speed / theirs.speed:.2f}", small.speed, f"{small.speed / ours.speed:.2f}",
                        theirs.memory, ours.memory, small.memory)
    ours, plain = seen["llama-125m", "full", "bfloat16"][0], seen["llama-125m", "full", "float32"][1]
    out.say(f"125 M, full: bfloat16 trains at {ours.speed / plain.speed:.1f} times PyTorch's float32 (target 5).")


def arithmetic(shape, method, precision, rows, trained, length=512):
    """MiB that the step cannot do without: weights, gradients and moments of what trains; each block's input, kept for recomputing; one chunk of logits."""
    c, width = shape.config, 2 if precision == "bfloat16" else 4
    adapters = shape.lora_weights(runs.RANK)
    states = trained * shape.parameters if method == "full" else width * shape.parameters + trained * adapters
    stream = 4 * rows * length * c["hidden_size"] * (c["num_hidden_layers"] + 2)
    logits = 4 * min(1024, rows * length) * c["vocab_size"]
    return states / MIB, stream / MIB, logits / MIB


def memory(out, args):
    out.begin("Peak memory at 125 M, 8 rows of 512", "*small*, one micro-batch of all 8 rows. The arithmetic beside it: weights, gradients and Adam's two moments (16 bytes a weight "
              "that trains, 10 with moments in eight bits, 2 or 4 a frozen one) + each block's input + a chunk of logits in float32; programs and libraries are about 250 MiB more.",
              "method", "products", "PyTorch MiB", "small MiB", "÷ PyTorch", "arithmetic MiB")
    shape = shapes.LLAMA_125M
    peers = {} # PyTorch has no moments in eight bits: both rows of a method stand beside the same peer
    for method, optimizer in (("full", "adamw"), ("full", "adamw_8bit"), ("lora", "adamw")):
        for precision in PRECISIONS:
            small = Setting(model(shape), full_rows(shape), method, precision, small=True, steps=2, optimizer=optimizer)
            if (method, precision) not in peers:
                peers[method, precision] = peer_memory(small)
            ours, theirs = trainer(small), peers[method, precision]
            states, stream, logits = arithmetic(shape, method, precision, small.rows, 10 if optimizer == "adamw_8bit" else 16)
            out.row(method if optimizer == "adamw" else "full, 8-bit states", precision, theirs or "killed: out of memory", ours.memory, f"{ours.memory / theirs:.2f}" if theirs else "—",
                    f"{states:.0f} + {stream:.0f} + {logits:.0f} = {states + stream + logits:.0f}")


def peer_memory(setting):
    """MiB; None when the system killed it: it takes 12 GiB and more, on a machine that others may use."""
    try:
        return peer(setting).memory
    except Refused as why:
        print(why, file=sys.stderr)
        return None


def packing(out, args):
    shape = shapes.LLAMA_25M
    lengths = lambda padded: made("lengths", f"lengths-{padded}.safetensors", shape.config["vocab_size"], 512, padded)
    packed = Setting(model(shape), lengths(0), precision="bfloat16", steps=4)
    filled = dataclasses.replace(packed, shard=lengths(1))
    by_batch = dataclasses.replace(packed, batching="padded", rows=64)
    ours, theirs = rounds(args.rounds, lambda: trainer(packed), lambda: peer(by_batch))
    wasteful = trainer(filled)
    real = real_share(lengths(1))
    out.begin("Packing", f"Sequences as long as the blocks of this repository's source and pages, {100 * real:.0f} % of 512 on average; 25 M, bfloat16. Tokens are counted without padding.",
              "batch", "tok/s", "packed ÷ this")
    for name, tokens in (("trainer, packed into rows of 512", ours.speed), ("trainer, each sequence filled up to 512", wasteful.speed * real),
                         ("PyTorch, filled up to the longest of 8", theirs.speed)):
        out.row(name, tokens, f"{ours.speed / tokens:.2f}")


def real_share(shard):
    """Tokens that carry a label among all of a shard of filled rows."""
    import safetensors_files
    return float((safetensors_files.read(shard)["labels"] >= 0).mean())


def growth(out, args):
    rates = runs.rates()
    out.begin("How cost grows", "*fast*, 4,096 tokens a step in sequences of one length (2,048 at 125 M). FLOP by arithmetic: 6 a weight of the products and token, attention over half of the length. "
              f"The machine multiplies 2048 x 2048 matrices at {rates['float32'] / 1e9:,.0f} GFLOP/s in float32 and {rates['bfloat16'] / 1e9:,.0f} in bfloat16.",
              "model", "length", "products", "tok/s", "MFLOP a token", "GFLOP/s", "share of the machine's")
    cases = [(shapes.LLAMA_25M, length, 4096) for length in (256, 512, 1024, 2048, 4096)] + [(shapes.LLAMA_6M, 512, 4096), (shapes.LLAMA_125M, 512, 2048)]
    for shape, length, tokens in cases:
        shard = made("whole", f"whole-{shape.config['vocab_size']}-{length}.safetensors", shape.config["vocab_size"], length, 3 * tokens // length)
        for precision in PRECISIONS:
            rows = tokens // length
            one = trainer(Setting(model(shape), shard, precision=precision, steps=3, rows=rows, micro=rows, context=length))
            work = shape.flops(length)
            out.row(shape.name, length, precision, one.speed, f"{work / 1e6:.0f}", one.speed * work / 1e9, f"{100 * one.speed * work / rates[precision]:.0f} %")


def precision(out, args):
    shape, steps = shapes.LLAMA_25M, 200
    shard = made("prose", "prose.safetensors")
    setting = Setting(model(shape), shard, steps=steps, rows=2, micro=2, rate=1e-3)
    finals = {}
    for products in PRECISIONS:
        losses = trainer(dataclasses.replace(setting, precision=products)).losses
        finals[products] = (losses[0], sum(losses[-20:]) / 20)
    difference = finals["bfloat16"][1] / finals["float32"][1] - 1
    out.begin("bfloat16 beside float32", f"25 M from the same random weights over {steps} steps of 2 x 512 tokens of the sample verses; the mean of the last 20 losses. "
              f"They differ by {100 * difference:+.2f} % (target: within 1 %).", "products", "first loss", "last loss")
    for products, (first, last) in finals.items():
        out.row(products, f"{first:.4f}", f"{last:.4f}")


def tasks(out, args):
    """Other objectives. A task that the trainer does not know is left out, with its reason."""
    out.begin("Other tasks", "float32 and bfloat16, full; BERT 4 rows of 512 with 15 % hidden, T5 8 pairs of 256 + 128 tokens, all of which count.", "model", "task", "products", "PyTorch tok/s", "trainer tok/s", "÷ PyTorch", "PyTorch MiB", "trainer MiB")
    for shape, task, batching, rows in ((shapes.BERT, "masked_language", "packed", 4), (shapes.T5, "sequence_to_sequence", "pairs", 8)):
        shard = full_rows(shape) if batching == "packed" else made("pairs", "pairs.safetensors", shape.config["vocab_size"], 512, 64)
        for products in PRECISIONS:
            setting = Setting(model(shape), shard, precision=products, steps=4, rows=rows, micro=rows, batching=batching, task=task, context=192 if batching == "pairs" else 512)
            try:
                ours = trainer(setting)
            except Refused as why:
                print(f"left out: {shape.name}, {task}: {why}", file=sys.stderr)
                break
            theirs = peer(setting)
            out.row(shape.name, task, products, theirs.speed, ours.speed, f"{ours.speed / theirs.speed:.2f}", theirs.memory, ours.memory)


def answers(out, args):
    out.begin("Preferences and rewards", "LoRA, bfloat16; tokens of prompts and answers. DPO: 4 pairs of 256 + 256 tokens a step, the reference computed once before. "
              "GRPO: 8 prompts of the sample a step, 8 answers each of at most 48 tokens, answering and grading counted.", "model", "task", "tok/s", "÷ supervised", "peak MiB")
    for shape in (shapes.SAMPLE, shapes.LLAMA_25M):
        plain = Setting(model(shape), full_rows(shape), "lora", "bfloat16", steps=12, rows=4, micro=4)
        pairs = made("answers", f"answers-{shape.config['vocab_size']}.safetensors", shape.config["vocab_size"], 512, 64)
        compared = dataclasses.replace(plain, shard=pairs, context=256, task="preference")
        rewarded = dataclasses.replace(plain, shard=made("prompts", "prompts"), rows=8, micro=8, context=128, task="reinforcement")
        supervised = trainer(plain)
        for task, one in (("supervised", supervised), ("DPO", trainer(compared)), *((("GRPO", trainer(rewarded)),) if shape is shapes.SAMPLE else ())):
            out.row(shape.name, task, one.speed, f"{one.speed / supervised.speed:.2f}", one.memory)


def main():
    everything = dict(speed=speed, memory=memory, packing=packing, growth=growth, precision=precision, tasks=tasks, answers=answers)
    parser = argparse.ArgumentParser()
    parser.add_argument("tables", nargs="*", metavar="TABLE")
    parser.add_argument("--rounds", type=int, default=1)
    args = parser.parse_args()
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    out = Tables(here / "results.md", f"{cpu}, {os.cpu_count()} cores, {runs.threads} thread(s) each, {platform.platform()}; load of the machine at the start {os.getloadavg()[0]:.1f}.")
    try:
        for name in args.tables or everything:
            everything[name](out, args)
    finally:
        shutil.rmtree(runs.work)


main()
