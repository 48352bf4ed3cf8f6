"""A packed Llama: rows of several sequences under a block-diagonal causal mask."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .layers import Linear, RmsNorm, attend, embedding, heads, summed_loss


def rotate(x):
    a, b = x.chunk(2, -1)
    return torch.cat([-b, a], -1)


class Block(nn.Module):
    def __init__(self, weights, name, config, rank, frozen):
        super().__init__()
        self.heads, self.shared, self.d = config["num_attention_heads"], config["num_key_value_heads"], config["head_dim"]
        linear = lambda part: Linear(weights, f"{name}.{part}", rank, frozen)
        norm = lambda part: RmsNorm(weights, f"{name}.{part}", config["rms_norm_eps"], rank == 0)
        self.q, self.k, self.v, self.o = (linear(f"self_attn.{x}_proj") for x in "qkvo")
        self.gate, self.up, self.down = (linear(f"mlp.{x}_proj") for x in ("gate", "up", "down"))
        self.norm1, self.norm2 = norm("input_layernorm"), norm("post_attention_layernorm")

    def forward(self, x, cos, sin, mask):
        h = self.norm1(x)
        q, k, v = heads(self.q(h), self.heads), heads(self.k(h), self.shared), heads(self.v(h), self.shared)
        q, k = q * cos + rotate(q) * sin, k * cos + rotate(k) * sin
        if self.shared != self.heads:
            k, v = (y.repeat_interleave(self.heads // self.shared, 1) for y in (k, v))
        x = x + self.o(attend(q, k, v, mask, 1 / math.sqrt(self.d)))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Llama(nn.Module):
    def __init__(self, weights, config, rank, frozen):
        super().__init__()
        self.config, trains = config, rank == 0
        self.embed = embedding(weights, "model.embed_tokens", trains)
        self.layers = nn.ModuleList(Block(weights, f"model.layers.{i}", config, rank, frozen) for i in range(config["num_hidden_layers"]))
        self.norm = RmsNorm(weights, "model.norm", config["rms_norm_eps"], trains)

    def loss(self, batch):
        """batch: packed rows, (B, T) each. The sum over supervised tokens."""
        ids, labels, positions, segments = batch
        d, length = self.config["head_dim"], ids.shape[1]
        angles = positions[:, None, :, None] / self.config["rope_theta"] ** (torch.arange(0, d, 2) / d)
        cos, sin = (f(torch.cat([angles, angles], -1)) for f in (torch.cos, torch.sin))
        allowed = (segments[:, :, None] == segments[:, None, :]) & torch.ones(length, length, dtype=torch.bool).tril()
        mask = torch.zeros(allowed.shape).masked_fill(~allowed, -1e9)[:, None]
        x = F.embedding(ids, self.embed)
        for layer in self.layers:
            x = layer(x, cos, sin, mask)
        logits = F.linear(self.norm(x), self.embed)
        return summed_loss(logits[:, :-1], labels[:, 1:])
