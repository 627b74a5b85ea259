"""The network: a CLIP-like encoder, a projector of two layers and a LLaMA decoder, as llama.cpp computes them."""

# torch is not there when the types are checked, so its classes are of any type.
# mypy: disallow-subclassing-any=False, disallow-untyped-decorators=False
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

WAVES = slice(160, 192)  # the features that start as waves of the position


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; the defaults are those of the shipped weights."""

    picture: int = 128
    patch: int = 16
    vision_width: int = 256
    vision_heads: int = 8
    vision_blocks: int = 6
    vision_hidden: int = 768
    width: int = 192
    heads: int = 6
    text_blocks: int = 5
    text_hidden: int = 512
    context: int = 2048
    rope_base: float = 10000.0
    rms_epsilon: float = 1e-5
    layer_epsilon: float = 1e-5

    @property
    def grid(self) -> int:
        return self.picture // self.patch

    @property
    def patches(self) -> int:
        return self.grid**2


class Attention(torch.autograd.Function):
    """Attention that touches its scores as few times as possible: on a CPU that costs more than the products.

    Queries come scaled. In bf16 this is three times faster than leaving it to autograd and autocast. Where there is a
    mask, nobody looks at what comes later, so stretches of queries meet only the keys up to their own end.
    """

    STRETCH = 96  # queries

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        length = query.shape[-2]
        step = length if mask is None else Attention.STRETCH
        ctx.spans = [(first, min(length, first + step)) for first in range(0, length, step)]
        found, shares = torch.empty_like(value), []
        for first, last in ctx.spans:
            scores = query[..., first:last, :] @ key[..., : last if mask is not None else length, :].transpose(-1, -2)
            if mask is not None:
                scores += mask[..., first:last, :last]
            shares.append(torch.softmax(scores, -1))
            found[..., first:last, :] = shares[-1] @ value[..., : shares[-1].shape[-1], :]
        ctx.save_for_backward(query, key, value, found, *shares)
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        query, key, value, found, *all_shares = ctx.saved_tensors
        to_query, to_key, to_value = torch.empty_like(query), torch.zeros_like(key), torch.zeros_like(value)
        means = (grads[0] * found).sum(-1, keepdim=True)
        for (first, last), shares in zip(ctx.spans, all_shares, strict=True):
            reach = shares.shape[-1]
            grad = grads[0][..., first:last, :].contiguous()
            slope = grad @ value[..., :reach, :].transpose(-1, -2)
            slope -= means[..., first:last, :]
            slope *= shares
            to_query[..., first:last, :] = slope @ key[..., :reach, :]
            to_key[..., :reach, :] += slope.transpose(-1, -2) @ query[..., first:last, :]
            to_value[..., :reach, :] += shares.transpose(-1, -2) @ grad
        return to_query, to_key, to_value, None


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Attention over [batch, heads, length, head width], in the values' type; `mask` is added to the scores."""
    kind = value.dtype
    query = (query / math.sqrt(query.shape[-1])).to(kind)
    with torch.autocast("cpu", enabled=False):
        found: Tensor = Attention.apply(query, key.to(kind), value, None if mask is None else mask.to(kind))
    return found


def split_heads(x: Tensor, heads: int) -> Tensor:
    batch, length, width = x.shape
    return x.view(batch, length, heads, width // heads).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    batch, heads, length, width = x.shape
    return x.transpose(1, 2).reshape(batch, length, heads * width)


class VisionBlock(nn.Module):
    """One block of the encoder: pre-norm attention and a feed-forward with the tanh form of GELU."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width = shape.vision_width
        self.heads = shape.vision_heads
        self.ln1, self.ln2 = (nn.LayerNorm(width, shape.layer_epsilon) for _ in range(2))
        self.q, self.k, self.v, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, shape.vision_hidden), nn.Linear(shape.vision_hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.ln1(x)
        q, k, v = (split_heads(layer(normed), self.heads) for layer in (self.q, self.k, self.v))
        x = x + self.out(join_heads(attend(q, k, v, None)))
        hidden: Tensor = self.down(functional.gelu(self.up(self.ln2(x)), approximate="tanh"))
        return x + hidden


class Vision(nn.Module):
    """Pictures [batch, 3, side, side], normalised, to features [batch, patches, vision width]; no class token."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.patch = nn.Conv2d(3, shape.vision_width, shape.patch, shape.patch)
        self.position = nn.Parameter(torch.zeros(shape.patches, shape.vision_width))
        self.pre, self.post = (nn.LayerNorm(shape.vision_width, shape.layer_epsilon) for _ in range(2))
        self.blocks = nn.ModuleList(VisionBlock(shape) for _ in range(shape.vision_blocks))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """The features, and the state after the second block."""
        x = self.pre(self.patch(pictures).flatten(2).transpose(1, 2) + self.position)
        early = x
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number == 1:
                early = x
        return self.post(x), early


class RMSNorm(nn.Module):
    def __init__(self, width: int, epsilon: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.epsilon = epsilon

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = functional.rms_norm(x, self.weight.shape, self.weight, self.epsilon)
        return normed


def turn(x: Tensor, turns: Tensor) -> Tensor:
    """Rotary positions on neighbouring pairs, as llama.cpp has them for LLaMA; `turns` are complex numbers."""
    pairs = torch.view_as_complex(x.float().unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * turns).flatten(-2)


class TextBlock(nn.Module):
    """One block of the decoder: RMS norms, rotary attention, SwiGLU; no biases."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, hidden = shape.width, shape.text_hidden
        self.heads = shape.heads
        self.norm1, self.norm2 = (RMSNorm(width, shape.rms_epsilon) for _ in range(2))
        self.q, self.k, self.v, self.out = (nn.Linear(width, width, bias=False) for _ in range(4))
        self.gate, self.up = (nn.Linear(width, hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor, turns: Tensor, mask: Tensor) -> Tensor:
        normed = self.norm1(x)
        q, k, v = (split_heads(layer(normed), self.heads) for layer in (self.q, self.k, self.v))
        x = x + self.out(join_heads(attend(turn(q, turns), turn(k, turns), v, mask)))
        normed = self.norm2(x)
        hidden: Tensor = self.down(functional.silu(self.gate(normed)) * self.up(normed))
        return x + hidden


class Text(nn.Module):
    """Embeddings [batch, length, width] at given positions to hidden states; `head` makes logits of them."""

    def __init__(self, shape: Shape, vocabulary: int) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(vocabulary, shape.width)
        self.blocks = nn.ModuleList(TextBlock(shape) for _ in range(shape.text_blocks))
        self.norm = RMSNorm(shape.width, shape.rms_epsilon)
        self.head = nn.Linear(shape.width, vocabulary, bias=False)

    def forward(self, x: Tensor, positions: Tensor, mask: Tensor) -> Tensor:
        """`positions` is [batch, length]; `mask` is [batch, 1, length, length] and added to the attention scores."""
        half = self.shape.width // self.shape.heads // 2
        rates = self.shape.rope_base ** (-torch.arange(half) / half)
        angles = positions[:, None, :, None] * rates
        turns = torch.polar(torch.ones_like(angles), angles)
        for block in self.blocks:
            x = block(x, turns, mask)
        normed: Tensor = self.norm(x)
        return normed


class Tiny(nn.Module):
    """The whole: `see` turns pictures into rows that stand among the text's embeddings."""

    def __init__(self, vocabulary: int, shape: Shape | None = None) -> None:
        super().__init__()
        self.shape = shape or Shape()
        wide, width = self.shape.vision_width, self.shape.width
        self.vision = Vision(self.shape)
        self.project = nn.Sequential(nn.Linear(wide, width), nn.GELU("tanh"), nn.Linear(width, width))
        self.text = Text(self.shape, vocabulary)
        self.apply(start)
        start_patches(self.vision)

    def see(self, pictures: Tensor) -> Tensor:
        rows: Tensor = self.project(self.vision(pictures)[0])
        return rows


def start(module: nn.Module) -> None:
    """First values of linear layers and embeddings."""
    if isinstance(module, nn.Linear):
        nn.init.normal_(module.weight, std=module.in_features**-0.5 * 0.6)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=0.5)


def cosine_waves(size: int) -> Tensor:
    """The orthonormal cosine transform: [frequency, position]."""
    at = torch.arange(size) + 0.5
    waves = torch.cos(math.pi / size * torch.arange(size)[:, None] * at) * math.sqrt(2 / size)
    waves[0] /= math.sqrt(2)
    return waves


def start_patches(vision: Vision) -> None:
    """Patch filters start as cosine waves in opponent colours, features 160 to 191 as waves of the position.

    Higher frequencies are weaker in pictures, so their filters are stronger. Four heads of the first two blocks start
    looking at the neighbour to the left, right, top and bottom: they compare turned position waves.
    """
    shape = vision.shape
    waves = cosine_waves(shape.patch)
    order = sorted(((v, u) for v in range(shape.patch) for u in range(shape.patch)), key=lambda f: (f[0] + f[1], f))
    opponents = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])
    opponents /= opponents.norm(dim=1, keepdim=True)
    weight = torch.zeros_like(vision.patch.weight)
    coarse = [(0, f) for f in order[:80]] + [(1, f) for f in order[:40]] + [(2, f) for f in order[:40]]
    fine = [(0, f) for f in order[80:120]] + [(1, f) for f in order[40:52]] + [(2, f) for f in order[40:52]]
    rows = [*range(WAVES.start), *range(WAVES.stop, shape.vision_width)]
    for row, (channel, (v, u)) in zip(rows, coarse + fine, strict=True):
        strength = (0.1 if channel == 0 else 0.2) * (1 + 1.2 * (v + u))
        weight[row] = opponents[channel][:, None, None] * torch.outer(waves[v], waves[u]) * min(strength, 1.2)
    with torch.no_grad():
        vision.patch.weight.copy_(weight)
        vision.patch.bias.zero_()
        vision.position[:, WAVES] = position_waves(shape.grid)
        for block in list(vision.blocks)[:2]:
            for head, (dx, dy) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
                look_at_neighbour(block, head, dx, dy, shape)


def wave_rates(grid: int) -> Tensor:
    return math.pi / grid * torch.tensor([0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0])


def position_waves(grid: int) -> Tensor:
    """[patches, 32]: sine and cosine at eight rates of the column, then of the row."""
    angles = torch.arange(grid)[:, None] * wave_rates(grid)
    line = torch.stack((angles.sin(), angles.cos()), -1).flatten(1)
    columns = line.repeat(grid, 1)
    rows = line.repeat_interleave(grid, 0)
    return torch.cat((columns, rows), 1)


def look_at_neighbour(block: VisionBlock, head: int, dx: int, dy: int, shape: Shape) -> None:
    """Sets the head's query and key so that they agree best at the patch (dx, dy) away."""
    size = shape.vision_width // shape.vision_heads
    span = slice(head * size, (head + 1) * size)
    turned = torch.zeros(size, size)
    for number, rate in enumerate(torch.cat((wave_rates(shape.grid) * dx, wave_rates(shape.grid) * dy))):
        at = 2 * number
        turned[at : at + 2, at : at + 2] = torch.tensor([[rate.cos(), rate.sin()], [-rate.sin(), rate.cos()]])
    block.q.weight[span] *= 0.1
    block.k.weight[span] *= 0.1
    block.q.weight[span, WAVES] = turned * 1.6
    block.k.weight[span, WAVES] = torch.eye(size) * 1.6
