"""The trainer's step in plain PyTorch: the same weights and token shard, the same number of rows, threads and steps.

    python3 peer.py MODEL_FOLDER SHARD.safetensors METHOD PRECISION STEPS ROWS_PER_STEP MICRO_ROWS CONTEXT BATCHING

METHOD is full or lora; PRECISION float32 or bfloat16 (torch.autocast). BATCHING is packed, padded (a sequence a row, filled up to the longest of the micro-batch)
or pairs (sources and targets, for T5). Prints one JSON line: each step's tokens per second, the losses, the parameters that train.
"""
import contextlib
import json
import os
import sys
import time

import torch
from torch.nn.utils.rnn import pad_sequence

import safetensors_files
from peers.bert import Bert
from peers.llama import Llama
from peers.t5 import T5


def row_of(ids, labels, pieces):
    """Pieces (begin, end) of a shard side by side: ids, labels, position in the piece, number of the piece; what begins a piece is never asked for."""
    x, y = (torch.cat([values[begin:end] for begin, end in pieces]) for values in (ids, labels))
    position = torch.cat([torch.arange(end - begin) for begin, end in pieces])
    segment = torch.cat([torch.full((end - begin,), number) for number, (begin, end) in enumerate(pieces)])
    return x, y.masked_fill(position == 0, -100), position.float(), segment


def rows_of(shard, context, batching):
    ids, labels = (torch.from_numpy(shard[name]).long() for name in ("input_ids", "labels"))
    pieces = [(begin, min(end, begin + context)) for begin, end in zip(shard["offsets"].tolist(), shard["offsets"].tolist()[1:])]
    if batching == "pairs":
        return [(ids[b:e], labels[first + 1:last]) for (b, e), (first, last) in zip(pieces[::2], pieces[1::2])]
    if batching == "padded":
        return [row_of(ids, labels, [piece]) for piece in pieces]
    rows, used = [[]], 0
    for begin, end in pieces:
        if used + end - begin > context:
            rows.append([])
            used = 0
        rows[-1].append((begin, end))
        used += end - begin
    return [row_of(ids, labels, row) for row in rows]


def batch_of(rows):
    """Each part stacked, filled up to its longest: ids and positions with 0, labels with -100, pieces with -1."""
    fills = (0, -100) if len(rows[0]) == 2 else (0, -100, 0, -1)
    return [pad_sequence([row[i] for row in rows], batch_first=True, padding_value=fill) for i, fill in enumerate(fills)]


def main(folder, shard, method, precision, steps, per_step, micro, context, batching):
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    config = json.load(open(f"{folder}/config.json"))
    bf16 = precision == "bfloat16"
    kind = {"llama": Llama, "bert": Bert, "t5": T5}[config["model_type"]]
    model = kind(safetensors_files.read(f"{folder}/model.safetensors"), config, 16 if method == "lora" else 0, torch.bfloat16 if bf16 else torch.float32)
    trains = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trains, lr=1e-4, weight_decay=0.0)
    rows = rows_of(safetensors_files.read(shard), int(context), batching)
    speeds, losses = [], []
    for step in range(int(steps)):
        start = time.perf_counter()
        batch = [rows[(step * int(per_step) + i) % len(rows)] for i in range(int(per_step))]
        supervised, total = sum(int((row[1] >= 0).sum()) for row in batch), 0.0
        for i in range(0, len(batch), int(micro)):
            with torch.autocast("cpu", torch.bfloat16) if bf16 else contextlib.nullcontext():
                loss = model.loss(batch_of(batch[i:i + int(micro)])) / supervised
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(trains, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        tokens = sum(len(row[0]) + (len(row[1]) if batching == "pairs" else 0) for row in batch)
        speeds.append(tokens / (time.perf_counter() - start))
        losses.append(total)
    print(json.dumps({"tokensPerSecond": speeds, "losses": losses, "trains": sum(p.numel() for p in trains)}))


main(*sys.argv[1:])
