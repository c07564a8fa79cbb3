"""The network: a small VGG-like trunk and three linear heads, and the form of it that ships.

The plan follows VGG (Simonyan and Zisserman, 2015) as FER+ used it (Barsoum et al., 2016), much
narrower, with batch normalisation and global average pooling in place of the dense layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from realtime.records import EMOTIONS, GENDERS
from training.labels import FERPLUS, VOTE_ORDER
from training.sync_batchnorm import SyncBatchNorm2d

# Patches that go through the network at once outside training.
_BATCH = 256


@dataclass(frozen=True)
class ModelConfig:
    """Everything that fixes the network's shape; saved with every checkpoint."""

    widths: tuple[int, ...] = (32, 64, 128, 256)
    depths: tuple[int, ...] = (2, 2, 3, 3)
    dropout: float = 0.3


# "medium" ships, "small" is for a quick run or a slow machine, "large" is too slow for live use and teaches others.
CONFIGS = {
    "small": ModelConfig(),
    "medium": ModelConfig(widths=(40, 80, 160, 256)),
    "large": ModelConfig(widths=(64, 128, 256, 512), dropout=0.5),
}


class ExpressionNet(nn.Module):
    """Trunk and heads; returns logits, for training."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for stage, (width, depth) in enumerate(zip(config.widths, config.depths, strict=True)):
            if stage:
                layers.append(nn.MaxPool2d(2))
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), SyncBatchNorm2d(width), nn.ReLU()]
                channels = width
        self.trunk = nn.Sequential(*layers)
        self.dropout = nn.Dropout(config.dropout)
        self.fer = nn.Linear(channels, len(EMOTIONS))
        self.ferplus = nn.Linear(channels, len(FERPLUS))
        self.gender = nn.Linear(channels, len(GENDERS))

    def forward(self, faces: Tensor) -> dict[str, Tensor]:
        """Map uint8 (N, 1, S, S) to logits: fer (N, 7), ferplus (N, 8), gender (N, 2), float32."""
        return self.heads(self.features(faces))

    def features(self, faces: Tensor) -> Tensor:
        """Map uint8 (N, 1, S, S) to what the heads are made of, float32 (N, C), none of it negative."""
        return self.trunk(standardise(faces)).mean((2, 3))  # the trunk gives (N, C, S/8, S/8)

    def first_stages(self, count: int) -> nn.Sequential:
        """Return the layers of the first stages of the trunk, up to where the next one begins."""
        ends = [place for place, layer in enumerate(self.trunk) if isinstance(layer, nn.MaxPool2d)]
        return nn.Sequential(*list(self.trunk)[: [0, *ends, len(self.trunk)][count]])

    def heads(self, features: Tensor) -> dict[str, Tensor]:
        """Map features to logits."""
        features = self.dropout(features)
        return {"fer": self.fer(features), "ferplus": self.ferplus(features), "gender": self.gender(features)}


@torch.inference_mode()
def logits_of(net: nn.Module, patches: np.ndarray, device: torch.device | str = "cpu") -> dict[str, Tensor]:
    """Run a network in evaluation mode over any number of patches, uint8 (N, 1, S, S).

    Returns:
        Head -> logits, float32 (N, classes), on the CPU.
    """
    net.eval()
    starts = range(0, len(patches), _BATCH)
    parts = [net(torch.from_numpy(patches[start : start + _BATCH]).to(device)) for start in starts]
    return {head: torch.cat([part[head].float().cpu() for part in parts]) for head in parts[0]}


def standardise(faces: Tensor) -> Tensor:
    """Give every patch zero mean and unit deviation, so that the light matters little.

    The floor of 10 grey levels keeps an empty patch from being blown up to noise.
    """
    x = faces.float()
    x = x - x.mean((2, 3), keepdim=True)
    deviation = (x * x).mean((2, 3), keepdim=True).sqrt()
    return x / (deviation + 10.0)


# Probabilities below this count as this before their logarithm is taken.
LEAST = 1e-9


@dataclass(frozen=True)
class Mixture:
    """How the shipped `emotion` output is made of the two emotion heads: their weighted geometric mean.

    What one head finds very unlikely is unlikely in a geometric mean, so FER's many fears, with which its taggers were
    alone, do not show (a logarithmic opinion pool, Genest and Zidek, 1986).

    fer_weight: share of the FER head, 0 to 1; the rest is the FER+ head's. class_weights: what each class is multiplied
    by, order EMOTIONS; this takes out how often the training set has it (logit adjustment, Menon et al., 2021).
    temperature: above 1 makes the mixture less sure of itself, below 1 surer.
    """

    fer_weight: float
    class_weights: tuple[float, ...] = (1.0,) * len(EMOTIONS)
    temperature: float = 1.0

    def __call__(self, fer: Tensor, ferplus: Tensor) -> Tensor:
        """Mix probabilities fer (N, 7) and ferplus (N, 8) to emotion probabilities (N, 7)."""
        votes = ferplus[:, list(VOTE_ORDER)]
        votes = votes / votes.sum(1, keepdim=True)
        mixed = self.fer_weight * _log(fer) + (1 - self.fer_weight) * _log(votes)
        mixed = mixed + torch.tensor(self.class_weights, dtype=mixed.dtype).log()
        return F.softmax(mixed / self.temperature, dim=1)


def _log(probabilities: Tensor) -> Tensor:
    return probabilities.clamp_min(LEAST).log()


class ShippedNet(nn.Module):
    """The network as it is exported: uint8 patches in, probabilities out."""

    def __init__(self, net: ExpressionNet, mixture: Mixture, temperatures: Mapping[str, float]) -> None:
        """Take a trained network.

        Args:
            net: The network; it is put into evaluation mode.
            mixture: Makes the `emotion` output.
            temperatures: What the logits of each head are divided by, in the order fer, ferplus, gender.
        """
        super().__init__()
        self.net = net.eval()
        self.mixture = mixture
        self.temperatures = dict(temperatures)

    def forward(self, faces: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Map uint8 (N, 1, S, S) to probabilities emotion (N, 7), gender (N, 2), fer (N, 7), ferplus (N, 8).

        The last of what is returned are the features (N, C), each of length 1.
        """
        features = self.net.features(faces)
        logits = self.net.heads(features)
        fer, ferplus, gender = (F.softmax(logits[head] / t, dim=1) for head, t in self.temperatures.items())
        length = (features * features).sum(1, keepdim=True).sqrt()
        return self.mixture(fer, ferplus), gender, fer, ferplus, features / length.clamp_min(LEAST)
