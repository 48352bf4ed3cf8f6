"""The same training step in plain PyTorch: a packed Llama, LoRA or full, the trainer's batch and precision.

    python3 peer.py MODEL_FOLDER ROWS.safetensors METHOD PRECISION STEPS ROWS_PER_STEP MICRO_ROWS CONTEXT

Prints one JSON line: tokens per second over the steps after the first few, the last loss, the parameters that train.
Written as one would by hand: nn.Linear, a block-diagonal mask, cross_entropy over the micro-batch, torch.optim.AdamW.
"""
import json
import math
import os
import struct
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

TYPES = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16, "I32": torch.int32, "I64": torch.int64}


def read_safetensors(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        start, data = file.tell(), {}
        for name, entry in header.items():
            if name == "__metadata__":
                continue
            begin, end = entry["data_offsets"]
            file.seek(start + begin)
            raw = bytearray(file.read(end - begin))
            data[name] = torch.frombuffer(raw, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
        return data


class Linear(nn.Module):
    """A frozen or training weight, with or without a low-rank update; products in bfloat16 when asked for."""

    def __init__(self, weight, rank, bf16):
        super().__init__()
        self.bf16, self.rank = bf16, rank
        weight = weight.float()
        self.weight = nn.Parameter(weight.bfloat16() if rank and bf16 else weight, requires_grad=rank == 0)
        if rank:
            self.a = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
            self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def product(self, x, weight):
        return F.linear(x.bfloat16(), weight.bfloat16()).float() if self.bf16 else F.linear(x, weight)

    def forward(self, x):
        y = self.product(x, self.weight)
        return y + 2.0 * self.product(self.product(x, self.a), self.b) if self.rank else y


class RmsNorm(nn.Module):
    def __init__(self, weight, eps, trains):
        super().__init__()
        self.weight, self.eps = nn.Parameter(weight.float(), requires_grad=trains), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


def rotate(x):
    a, b = x.chunk(2, -1)
    return torch.cat([-b, a], -1)


class Block(nn.Module):
    def __init__(self, weights, prefix, config, rank, bf16):
        super().__init__()
        self.heads, self.kv = config["num_attention_heads"], config["num_key_value_heads"]
        self.d = config.get("head_dim") or config["hidden_size"] // self.heads
        linear = lambda name: Linear(weights[f"{prefix}.{name}.weight"], rank, bf16)
        self.q, self.k, self.v, self.o = (linear(f"self_attn.{x}_proj") for x in "qkvo")
        self.gate, self.up, self.down = (linear(f"mlp.{x}_proj") for x in ("gate", "up", "down"))
        norm = lambda name: RmsNorm(weights[f"{prefix}.{name}.weight"], config["rms_norm_eps"], rank == 0)
        self.norm1, self.norm2 = norm("input_layernorm"), norm("post_attention_layernorm")

    def forward(self, x, cos, sin, mask):
        B, T, C = x.shape
        h = self.norm1(x)
        split = lambda y, n: y.view(B, T, n, self.d).transpose(1, 2)
        q, k, v = split(self.q(h), self.heads), split(self.k(h), self.kv), split(self.v(h), self.kv)
        q, k = q * cos + rotate(q) * sin, k * cos + rotate(k) * sin
        k, v = (y.repeat_interleave(self.heads // self.kv, 1) for y in (k, v))
        attention = ((q @ k.transpose(-1, -2)) / math.sqrt(self.d) + mask).softmax(-1) @ v
        x = x + self.o(attention.transpose(1, 2).reshape(B, T, self.heads * self.d))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Llama(nn.Module):
    def __init__(self, weights, config, rank, bf16):
        super().__init__()
        self.bf16, self.config = bf16, config
        self.embed = nn.Parameter(weights["model.embed_tokens.weight"].float(), requires_grad=rank == 0)
        self.layers = nn.ModuleList(Block(weights, f"model.layers.{i}", config, rank, bf16) for i in range(config["num_hidden_layers"]))
        self.norm = RmsNorm(weights["model.norm.weight"], config["rms_norm_eps"], rank == 0)

    def forward(self, ids, positions, mask):
        d = self.layers[0].d
        angles = positions[:, None, :, None] / config["rope_theta"] ** (torch.arange(0, d, 2) / d)
        cos, sin = (f(torch.cat([angles, angles], -1)) for f in (torch.cos, torch.sin))
        x = F.embedding(ids, self.embed)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        x = self.norm(x)
        return F.linear(x.bfloat16(), self.embed.bfloat16()).float() if self.bf16 else F.linear(x, self.embed)


def pack(shard, context):
    """Examples in order into full rows; labels of each example's first token are already ignored."""
    ids, labels, offsets = shard["input_ids"].long(), shard["labels"].long(), shard["offsets"].tolist()
    rows, row = [], []
    for begin, end in zip(offsets, offsets[1:]):
        if sum(e - b for b, e in row) + end - begin > context:
            rows.append(row)
            row = []
        row.append((begin, min(end, begin + context)))
    rows.append(row)
    packed = []
    for row in rows:
        x, y = torch.zeros(context, dtype=torch.long), torch.full((context,), -100)
        position, segment, at = torch.zeros(context), torch.full((context,), -1), 0
        for s, (b, e) in enumerate(row):
            n = e - b
            x[at:at + n], y[at:at + n] = ids[b:e], labels[b:e]
            y[at] = -100
            position[at:at + n], segment[at:at + n] = torch.arange(n), s
            at += n
        packed.append((x, y, position, segment, at))
    return packed


torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
folder, rows_file, method, precision, steps, per_step, micro, context = sys.argv[1:9]
steps, per_step, micro, context = int(steps), int(per_step), int(micro), int(context)
config = json.load(open(f"{folder}/config.json"))
model = Llama(read_safetensors(f"{folder}/model.safetensors"), config, 16 if method == "lora" else 0, precision == "bfloat16")
trains = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(trains, lr=1e-4, weight_decay=0.0)
rows = pack(read_safetensors(rows_file), context)
causal = torch.ones(context, context, dtype=torch.bool).tril()
cursor, tokens, warm = 0, 0, max(2, steps // 5)
for step in range(steps):
    if step == warm:
        start, tokens = time.perf_counter(), 0
    batch = [rows[(cursor + i) % len(rows)] for i in range(per_step)]
    cursor += per_step
    supervised = sum(int((y != -100).sum()) for _, y, _, _, _ in batch)
    total = 0.0
    for i in range(0, per_step, micro):
        ids, labels, positions, segments = (torch.stack([row[j] for row in batch[i:i + micro]]) for j in range(4))
        allowed = (segments[:, :, None] == segments[:, None, :]) & causal
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, -1e9)[:, None]
        logits = model(ids, positions, mask)
        loss = F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels[:, 1:].reshape(-1), reduction="sum") / supervised
        loss.backward()
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(trains, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    tokens += sum(row[4] for row in batch)
seconds = time.perf_counter() - start
print(json.dumps({"tokensPerSecond": tokens / seconds, "loss": total, "trains": sum(p.numel() for p in trains)}))
