"""The networks that are compared: ours in other depths and widths, and plain ones after VGG."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor, nn

from realtime.records import EMOTIONS, GENDERS
from training.labels import FERPLUS
from training.model import ExpressionNet, ModelConfig, logits_of, standardise
from training.schedule import resized

# The stages of VGG13 as FER+ had it (Barsoum et al., 2016, section 3.1): channels and convolutions.
VGG13 = ((64, 2), (128, 2), (256, 3), (256, 3))
VGG13_SIDE_PX = 64
VGG13_DENSE = 1024

# How a number of convolutions is shared by four stages: the last ones, which are cheap, get more first.
_DEPTHS = {
    4: (1, 1, 1, 1),
    5: (1, 1, 1, 2),
    6: (1, 1, 2, 2),
    7: (1, 2, 2, 2),
    8: (2, 2, 2, 2),
    9: (2, 2, 2, 3),
    10: (2, 2, 3, 3),
    11: (2, 3, 3, 3),
}


def of_depth(convolutions: int, widths: tuple[int, ...], scale: float = 1.0, seed: int = 0) -> ExpressionNet:
    """Return a network of our kind with 4 to 11 convolutions; scale: of its widths; seed: of its first weights."""
    torch.manual_seed(seed)
    scaled = tuple(max(round(width * scale / 4) * 4, 4) for width in widths)
    return ExpressionNet(ModelConfig(widths=scaled, depths=_DEPTHS[convolutions], dropout=0.3))


class PlainVgg(nn.Module):
    """Convolutions of 3x3 in stages, then two dense layers (Simonyan and Zisserman, 2015), and our heads.

    Unlike the original it has batch normalisation, without which it does not begin to learn in a short time.
    """

    def __init__(self, stages: tuple[tuple[int, int], ...], side_px: int, dense: int, dropout: float = 0.25) -> None:
        """Put a network together; stages: (channels, convolutions) each; side_px: of the patches; dense: units."""
        super().__init__()
        layers: list[nn.Module] = []
        channels = 1
        for width, depth in stages:
            for _ in range(depth):
                layers += [nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
                channels = width
            layers += [nn.MaxPool2d(2), nn.Dropout(dropout)]
        cells = (side_px >> len(stages)) ** 2
        self.trunk = nn.Sequential(*layers)
        self.dense = nn.Sequential(
            nn.Flatten(),
            nn.Linear(channels * cells, dense),
            nn.ReLU(),
            nn.Dropout(2 * dropout),
            nn.Linear(dense, dense),
        )
        self.fer = nn.Linear(dense, len(EMOTIONS))
        self.ferplus = nn.Linear(dense, len(FERPLUS))
        self.gender = nn.Linear(dense, len(GENDERS))
        self._side_px = side_px

    def forward(self, faces: Tensor) -> dict[str, Tensor]:
        """Map uint8 (N, 1, S, S) to logits: fer (N, 7), ferplus (N, 8), gender (N, 2), float32."""
        x = self.dense(self.trunk(standardise(resized(faces, self._side_px)))).relu()
        return {"fer": self.fer(x), "ferplus": self.ferplus(x), "gender": self.gender(x)}


def plain_vgg(widths: tuple[int, ...], side_px: int, seed: int = 0) -> PlainVgg:
    """Return the plain reference network: a convolution in each of four stages, two dense layers."""
    torch.manual_seed(seed)
    return PlainVgg(tuple((width, 1) for width in widths), side_px, dense=2 * widths[-1], dropout=0.1)


def vgg13(seed: int = 0) -> PlainVgg:
    """Return VGG13 as FER+ had it: ten convolutions and two dense layers of 1024, for patches of 64 px."""
    torch.manual_seed(seed)
    net = PlainVgg(VGG13, VGG13_SIDE_PX, VGG13_DENSE)
    # With the channels last a step takes three quarters of the time.
    net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net


def parameters(net: nn.Module) -> int:
    """Return how many weights a network has."""
    return sum(parameter.numel() for parameter in net.parameters())


def answers(net: nn.Module, patches: np.ndarray, side_px: int) -> dict[str, np.ndarray]:
    """Return logits by head, float32 (N, classes), for patches uint8 (N, 1, S, S) brought to a size."""
    small = resized(torch.from_numpy(patches), side_px).round().numpy()
    return {head: logits.numpy() for head, logits in logits_of(net, small).items()}


@torch.inference_mode()
def face_ms(net: nn.Module, side_px: int, faces: int = 32, turns: int = 5) -> float:
    """Return the time of one face among 32 at once, in ms of one core: the least of five turns."""
    net.eval()
    patches = torch.zeros((faces, 1, side_px, side_px), dtype=torch.uint8)
    times = []
    for _ in range(turns):
        began_s = time.thread_time()
        net(patches)
        times.append(time.thread_time() - began_s)
    return min(times) / faces * 1000
