"""T5: sources and targets padded to the longest of the batch, as they are trained by hand."""
import math

import torch
import torch.nn.functional as F
from torch import nn

from .layers import Linear, RmsNorm, attend, embedding, heads, summed_loss


def buckets(length, count, longest, both_sides):
    """transformers, T5Attention._relative_position_bucket: (L, L), query by key."""
    distance = torch.arange(length)[None] - torch.arange(length)[:, None]
    first = 0
    if both_sides:
        count //= 2
        first, distance = (distance > 0).long() * count, distance.abs()
    else:
        distance = -distance.clamp(max=0)
    exact = count // 2
    far = exact + (torch.log(distance.clamp(min=1).float() / exact) / math.log(longest / exact) * (count - exact)).long()
    return first + torch.where(distance < exact, distance, far.clamp(max=count - 1))


class Attention(nn.Module):
    def __init__(self, weights, name, count):
        super().__init__()
        self.heads = count
        self.q, self.k, self.v, self.o = (Linear(weights, f"{name}.{x}") for x in "qkvo")

    def forward(self, x, memory, added):
        return self.o(attend(heads(self.q(x), self.heads), heads(self.k(memory), self.heads), heads(self.v(memory), self.heads), added, 1.0))


class Block(nn.Module):
    def __init__(self, weights, name, config, is_decoder):
        super().__init__()
        last, eps = 2 if is_decoder else 1, config["layer_norm_epsilon"]
        self.own = Attention(weights, f"{name}.layer.0.SelfAttention", config["num_heads"])
        self.cross = Attention(weights, f"{name}.layer.1.EncDecAttention", config["num_heads"]) if is_decoder else None
        self.norms = nn.ModuleList(RmsNorm(weights, f"{name}.layer.{i}.layer_norm", eps) for i in range(last + 1))
        self.wi, self.wo = (Linear(weights, f"{name}.layer.{last}.DenseReluDense.{x}") for x in ("wi", "wo"))

    def forward(self, x, added, memory, cross_added):
        h = self.norms[0](x)
        x = x + self.own(h, h, added)
        if self.cross:
            x = x + self.cross(self.norms[1](x), memory, cross_added)
        return x + self.wo(F.relu(self.wi(self.norms[-1](x))))


class Stack(nn.Module):
    def __init__(self, weights, name, config):
        super().__init__()
        self.config, self.is_decoder = config, name == "decoder"
        self.bias = embedding(weights, f"{name}.block.0.layer.0.SelfAttention.relative_attention_bias")
        self.blocks = nn.ModuleList(Block(weights, f"{name}.block.{i}", config, self.is_decoder) for i in range(config["num_layers"]))
        self.norm = RmsNorm(weights, f"{name}.final_layer_norm", config["layer_norm_epsilon"])

    def forward(self, x, mask, memory=None, cross_added=None):
        c = self.config
        which = buckets(x.shape[1], c["relative_attention_num_buckets"], c["relative_attention_max_distance"], not self.is_decoder)
        added = F.embedding(which, self.bias).permute(2, 0, 1)[None] + mask
        for block in self.blocks:
            x = block(x, added, memory, cross_added)
        return self.norm(x)


class T5(nn.Module):
    def __init__(self, weights, config, rank, frozen):
        super().__init__()
        self.config, self.shared = config, embedding(weights, "shared")
        self.encoder, self.decoder = Stack(weights, "encoder", config), Stack(weights, "decoder", config)

    def loss(self, batch):
        """batch: source ids (B, S) and target labels (B, T), padded with 0 and -100. The sum over target tokens."""
        source, labels = batch
        start = torch.full((labels.shape[0], 1), self.config["decoder_start_token_id"])
        target = torch.cat([start, labels[:, :-1].clamp(min=0)], 1)
        seen = torch.zeros(source.shape).masked_fill(source == 0, -1e9)[:, None, None]
        causal = torch.full((target.shape[1],) * 2, -1e9).triu(1)
        memory = self.encoder(F.embedding(source, self.shared), seen)
        hidden = self.decoder(F.embedding(target, self.shared), causal, memory, seen)
        return summed_loss(F.linear(hidden * self.config["d_model"] ** -0.5, self.shared), labels)
