"""Makes what is measured: a model's folder with random bfloat16 weights, or a token shard.

    python3 make.py model FOLDER SHAPE [SEED]
    python3 make.py rows FILE VOCABULARY LENGTH COUNT        rows of LENGTH tokens, each cut into one to four sequences that fill it
    python3 make.py whole FILE VOCABULARY LENGTH COUNT       rows of one sequence each
    python3 make.py pairs FILE VOCABULARY LENGTH COUNT       sources of half a row, without labels, each followed by its target of a quarter
    python3 make.py answers FILE VOCABULARY LENGTH COUNT     a prompt of a quarter row with an answer of a quarter, then the same prompt with another answer
    python3 make.py prompts FOLDER                           the sample prompts of brief-answers, as the product prepares them
    python3 make.py prose FILE                               the sample verses, as the product prepares them
    python3 make.py lengths FILE VOCABULARY LENGTH PADDED    sequences as long as the blocks of src/ and docs/, each filled up to LENGTH when PADDED is 1

A process of its own, so that the memory it takes is nobody's peak.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy

import safetensors_files
import shapes

root = pathlib.Path(__file__).resolve().parents[2]
LARGEST = 2**25                                             # random numbers drawn for one matrix


def model(folder, name, seed="0"):
    """Matrices normal(0, 0.02), norms 1, biases 0: what a training starts from. The tokenizer is a sample's; its ids fit."""
    shape, random = shapes.BY_NAME[name], numpy.random.default_rng(int(seed))
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(shape.config))
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(shapes.samples / "models" / ("sample-encoder" if shape.config["model_type"] == "bert" else "sample-base") / file, folder)

    def numbers(key, size):
        if len(size) == 2:
            drawn = random.standard_normal(min(size[0] * size[1], LARGEST), dtype=numpy.float32) * 0.02
            return numpy.resize(drawn, size)                 # a larger matrix repeats them: its speed is the same
        return numpy.zeros(size) if key.endswith("bias") else numpy.ones(size)

    safetensors_files.write(folder / "model.safetensors",
                      [(key, size, "BF16", lambda key=key, size=size: safetensors_files.bfloat16(numbers(key, size))) for key, size in shape.tensors()])


def text(vocabulary, count, random):
    """Tokens that can be learned: mostly a fixed successor, sometimes a jump."""
    ids = numpy.empty(count, numpy.int32)
    successor = random.permutation(vocabulary)
    jumps, to = random.random(count) < 0.3, random.integers(3, vocabulary, count)
    ids[0] = 3
    for t in range(1, count):
        ids[t] = to[t] if jumps[t] else successor[ids[t - 1]]
    return ids


def shard(path, ids, labels, lengths):
    offsets = numpy.concatenate([[0], numpy.cumsum(lengths)]).astype(numpy.int64)
    safetensors_files.write(path, [("offsets", offsets.shape, "I64", lambda: offsets), ("input_ids", ids.shape, "I32", lambda: ids), ("labels", labels.shape, "I32", lambda: labels)])


def rows(path, vocabulary, length, count, parts=([4], [2, 2], [3, 1], [2, 1, 1])):
    """parts: quarters of a row. However such sequences are packed, rows are full."""
    random, (length, count) = numpy.random.default_rng(1), (int(length), int(count))
    lengths = [length // 4 * quarter for row in range(count) for quarter in parts[row % len(parts)]]
    ids = text(int(vocabulary), sum(lengths), random)
    shard(path, ids, ids, lengths)


def whole(path, vocabulary, length, count):
    rows(path, vocabulary, length, count, parts=([4],))


def pairs(path, vocabulary, length, count):
    source, target, count = int(length) // 2, int(length) // 4, int(count)
    ids = text(int(vocabulary), (source + target) * count, numpy.random.default_rng(1))
    labels = ids.reshape(count, -1).copy()
    labels[:, :source + 1] = -100                            # a target begins with a token that nothing asks for
    shard(path, ids, labels.ravel(), [source, target] * count)


def answers(path, vocabulary, length, count):
    quarter, count = int(length) // 4, int(count)
    ids = text(int(vocabulary), 4 * quarter * count, numpy.random.default_rng(1)).reshape(count, 4, quarter)
    ids[:, 2] = ids[:, 0]
    labels = ids.copy()
    labels[:, (0, 2)] = -100
    shard(path, ids.ravel(), labels.ravel(), [2 * quarter] * (2 * count))


def prompts(folder):
    """Tokens for the trainer, and the lines that its grader reads."""
    subprocess.run(["dotnet", root / "artifacts/embedded/bin/Cli/release/tuning.dll", "prepare", root / "samples/datasets/brief-answers/train.jsonl",
                    "--base", shapes.SAMPLE.folder, "--out", folder, "--context", "128", "--task", "reinforcement"], check=True)


def prose(path):
    with tempfile.TemporaryDirectory() as folder:
        prepared = pathlib.Path(folder) / "prepared"
        subprocess.run(["dotnet", root / "artifacts/embedded/bin/Cli/release/tuning.dll", "prepare", root / "samples/datasets/verses/train.jsonl",
                        "--base", shapes.SAMPLE.folder, "--out", prepared, "--context", "512"], check=True)
        shutil.copy(next(prepared.rglob("train-*.safetensors")), path)


def blocks():
    """Lengths in tokens of what blank lines part in src/ and docs/: a real distribution, with its short lines and long tail; 4 characters a token."""
    files = sorted([*(root / "src").rglob("*.cs"), *(root / "docs").rglob("*.md")])
    return [len(block) // 4 for file in files for block in re.split(r"\n\s*\n", file.read_text()) if len(block) >= 16]


def lengths(path, vocabulary, length, padded):
    random, length = numpy.random.default_rng(1), int(length)
    own = [min(n, length) for n in random.permutation(blocks())]
    ids = text(int(vocabulary), sum(own), random)
    if padded != "1":
        return shard(path, ids, ids, own)
    starts = numpy.cumsum([0] + own)
    filled, labels = numpy.zeros((len(own), length), numpy.int32), numpy.full((len(own), length), -100, numpy.int32)
    for row, (start, n) in enumerate(zip(starts, own)):
        filled[row, :n] = labels[row, :n] = ids[start:start + n]
    shard(path, filled.ravel(), labels.ravel(), [length] * len(own))


if __name__ == "__main__":
    {"model": model, "rows": rows, "whole": whole, "pairs": pairs, "answers": answers, "prompts": prompts, "prose": prose, "lengths": lengths}[sys.argv[1]](*sys.argv[2:])
