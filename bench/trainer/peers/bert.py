"""BERT's masked language model over packed rows: a token sees its own sequence, both sides."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .layers import LayerNorm, Linear, attend, embedding, heads, summed_loss


class Block(nn.Module):
    def __init__(self, weights, name, config):
        super().__init__()
        self.heads, eps = config["num_attention_heads"], config["layer_norm_eps"]
        self.q, self.k, self.v = (Linear(weights, f"{name}.attention.self.{x}") for x in ("query", "key", "value"))
        self.o, self.norm1 = Linear(weights, f"{name}.attention.output.dense"), LayerNorm(weights, f"{name}.attention.output.LayerNorm", eps)
        self.inner, self.outer = Linear(weights, f"{name}.intermediate.dense"), Linear(weights, f"{name}.output.dense")
        self.norm2 = LayerNorm(weights, f"{name}.output.LayerNorm", eps)

    def forward(self, x, mask):
        q, k, v = (heads(part(x), self.heads) for part in (self.q, self.k, self.v))
        x = self.norm1(x + self.o(attend(q, k, v, mask, 1 / math.sqrt(q.shape[-1]))))
        return self.norm2(x + self.outer(F.gelu(self.inner(x))))


class Bert(nn.Module):
    def __init__(self, weights, config, rank, frozen):
        super().__init__()
        eps = config["layer_norm_eps"]
        self.words, self.positions, self.types = (embedding(weights, f"bert.embeddings.{part}_embeddings") for part in ("word", "position", "token_type"))
        self.norm = LayerNorm(weights, "bert.embeddings.LayerNorm", eps)
        self.layers = nn.ModuleList(Block(weights, f"bert.encoder.layer.{i}", config) for i in range(config["num_hidden_layers"]))
        self.dense, self.head_norm = Linear(weights, "cls.predictions.transform.dense"), LayerNorm(weights, "cls.predictions.transform.LayerNorm", eps)
        self.bias = nn.Parameter(torch.from_numpy(weights["cls.predictions.bias"]))

    def loss(self, batch):
        """batch: packed rows, (B, T) each; 15 % of the tokens are hidden and asked for. The sum over those."""
        ids, _, positions, segments = batch
        asked = torch.rand(ids.shape) < 0.15
        mask = torch.zeros(ids.shape[0], 1, ids.shape[1], ids.shape[1]).masked_fill((segments[:, :, None] != segments[:, None, :])[:, None], -1e9)
        x = F.embedding(ids.masked_fill(asked, 4), self.words) + F.embedding(positions.long(), self.positions) + self.types[0]
        x = self.norm(x)
        for layer in self.layers:
            x = layer(x, mask)
        logits = F.linear(self.head_norm(F.gelu(self.dense(x))), self.words, self.bias)
        return summed_loss(logits, ids.masked_fill(~asked, -100))
