"""Batch normalisation over the batches of all processes, also on CPUs (PyTorch's own needs a graphics card)."""

from __future__ import annotations

import torch
from torch import Tensor, distributed, nn
from torch.distributed.nn.functional import all_reduce


class SyncBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation (Ioffe and Szegedy, 2015) whose statistics are those of the whole batch.

    With it, two processes with half of a batch each compute what one would with all of it.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalise float (N, C, H, W)."""
        if not (self.training and distributed.is_initialized() and distributed.get_world_size() > 1):
            return super().forward(x)
        wide = x.float()
        sums = torch.stack([wide.sum((0, 2, 3)), (wide * wide).sum((0, 2, 3))])
        count = x.numel() // x.shape[1] * distributed.get_world_size()
        mean, square = all_reduce(sums) / count  # type: ignore[no-untyped-call]
        variance = square - mean * mean
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        with torch.no_grad():
            self.running_mean += self.momentum * (mean - self.running_mean)
            self.running_var += self.momentum * (variance * count / (count - 1) - self.running_var)
            self.num_batches_tracked += 1
        scale = self.weight * torch.rsqrt(variance + self.eps)
        shift = self.bias - mean * scale
        return (wide * scale[:, None, None] + shift[:, None, None]).to(x.dtype)
