"""Muon: momentum whose matrix steps are made orthogonal, for the matrices of the blocks."""

# torch is not there when the types are checked, so its classes are of any type.
# mypy: disallow-subclassing-any=False, disallow-untyped-decorators=False
from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ROUNDS = 5


def orthogonal(stack: Tensor) -> Tensor:
    """Roughly the nearest orthogonal matrices of a stack [count, rows, columns], by Newton-Schulz rounds in bf16."""
    a, b, c = COEFFICIENTS
    tall = stack.shape[1] > stack.shape[2]
    x = (stack.transpose(1, 2) if tall else stack).bfloat16()
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(ROUNDS):
        square = x @ x.transpose(1, 2)
        x = a * x + (b * square + c * square @ square) @ x
    return (x.transpose(1, 2) if tall else x).float()


class Muon(torch.optim.Optimizer):
    """Steps of unit size in every direction; matrices of one shape are worked on together."""

    def __init__(self, groups: list[dict[str, object]], momentum: float = 0.95) -> None:
        super().__init__(groups, {"lr": 0.01, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            alike: dict[torch.Size, list[Tensor]] = defaultdict(list)
            for parameter in group["params"]:
                if parameter.grad is not None:
                    alike[parameter.shape].append(parameter)
            for shape, parameters in alike.items():
                scale = group["lr"] * max(1.0, shape[0] / shape[1]) ** 0.5
                moves = orthogonal(torch.stack([self._move(p, group["momentum"]) for p in parameters]))
                for parameter, move in zip(parameters, moves, strict=True):
                    parameter.add_(move, alpha=-scale)

    def _move(self, parameter: Tensor, momentum: float) -> Tensor:
        held = self.state[parameter].setdefault("held", torch.zeros_like(parameter))
        held.lerp_(parameter.grad, 1 - momentum)
        return parameter.grad.lerp(held, momentum)
