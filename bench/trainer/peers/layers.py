"""What the peers share."""
import math

import torch
import torch.nn.functional as F
from torch import nn


class Linear(nn.Module):
    """A weight that trains, or a frozen one with a low-rank update when rank is not 0. Frozen weights are kept in `frozen`, their type."""

    def __init__(self, weights, name, rank=0, frozen=torch.float32):
        super().__init__()
        weight = torch.from_numpy(weights[f"{name}.weight"])
        self.weight = nn.Parameter(weight.to(frozen) if rank else weight, requires_grad=rank == 0)
        self.bias = nn.Parameter(torch.from_numpy(weights[f"{name}.bias"]), requires_grad=rank == 0) if f"{name}.bias" in weights else None
        self.rank = rank
        if rank:
            self.a = nn.Parameter(torch.randn(rank, weight.shape[1]) / math.sqrt(weight.shape[1]))
            self.b = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x):
        y = F.linear(x, self.weight, self.bias)
        return y + 2.0 * F.linear(F.linear(x, self.a), self.b) if self.rank else y


class RmsNorm(nn.Module):
    def __init__(self, weights, name, eps, trains=True):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.from_numpy(weights[f"{name}.weight"]), requires_grad=trains), eps

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.weight


class LayerNorm(nn.Module):
    def __init__(self, weights, name, eps):
        super().__init__()
        self.weight, self.bias = (nn.Parameter(torch.from_numpy(weights[f"{name}.{part}"])) for part in ("weight", "bias"))
        self.eps = eps

    def forward(self, x):
        return F.layer_norm(x.float(), self.weight.shape, self.weight, self.bias, self.eps)


def embedding(weights, name, trains=True):
    return nn.Parameter(torch.from_numpy(weights[f"{name}.weight"]), requires_grad=trains)


def heads(x, count):
    """(B, T, count * D) -> (B, count, T, D)."""
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def attend(q, k, v, added, scale):
    """softmax(q kT * scale + added) v, heads side by side again."""
    y = (q @ k.transpose(-1, -2) * scale + added).softmax(-1).to(v.dtype) @ v
    return y.transpose(1, 2).reshape(y.shape[0], y.shape[2], -1)


def summed_loss(logits, labels):
    return F.cross_entropy(logits.float().reshape(-1, logits.shape[-1]), labels.reshape(-1), reduction="sum")
