"""The network in training: its steps, its moving average, and the checkpoints it is saved to."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning.fabric import Fabric
from torch.optim.swa_utils import AveragedModel

from realtime.errors import UsageError
from training.batches import Batch, Batches
from training.datasets import LabelledFaces
from training.labels import HEADS
from training.loss import accuracy, loss, validation
from training.model import CONFIGS, ExpressionNet
from training.schedule import averaging, learning_rate, resized, seed_at, side_px
from training.start import between
from training.train_config import TrainConfig
from training.writing import writing


class Learner:
    """A network that learns, and its position in the run."""

    def __init__(
        self,
        config: TrainConfig,
        heads: Collection[str],
        fabric: Fabric,
        begin: Callable[[ExpressionNet], None] | None = None,
    ) -> None:
        """Begin with random weights, or with those of an earlier run.

        Args:
            config: The run's.
            heads: Those that learn; the others keep the weights they begin with.
            fabric: The processes, device and precision.
            begin: Gives the network its first weights.

        Raises:
            InputError: There are no such weights for this network.
        """
        torch.manual_seed(config.seed)
        net = ExpressionNet(CONFIGS[config.model])
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if begin:
            begin(net)
        self._first = copy.deepcopy(net) if config.start_share else None
        net.train()
        # A frozen layer normalises by the statistics it has.
        net.first_stages(config.frozen_stages).requires_grad_(False).eval()
        for head in set(HEADS) - set(heads):
            getattr(net, head).requires_grad_(False)
        learning = [parameter for parameter in net.parameters() if parameter.requires_grad]
        optimizer = torch.optim.SGD(
            learning, lr=config.lr, momentum=0.9, nesterov=True, weight_decay=config.weight_decay
        )
        self.config = config
        self.fabric = fabric
        self._net = net
        self._trained, self._optimizer = fabric.setup(net, optimizer)
        self._average = AveragedModel(net, avg_fn=averaging(config.average_decay), use_buffers=True)
        # The random states are functions of the position, so they need no place of their own.
        self._state: dict[str, Any] = {
            "net": net,
            "average": self._average,
            "optimizer": self._optimizer,
            "position": [0, 0],
            "steps": [],
            "config": asdict(config),
            "history": [],
        }

    @property
    def position(self) -> tuple[int, int]:
        """The epoch and the step that come next, from 0."""
        epoch, step = self._state["position"]
        return epoch, step

    @property
    def history(self) -> list[dict[str, float]]:
        """A row of figures for each epoch that has ended."""
        return list(self._state["history"])

    @property
    def loss(self) -> float:
        """The loss of the last step of the epoch at hand."""
        return float(self._state["steps"][-1][0])

    @property
    def averaged(self) -> ExpressionNet:
        """The network with the moving average of the weights, and a share of the first ones, on the CPU."""
        net = self._average.module.cpu()
        assert isinstance(net, ExpressionNet)
        return between(self._first, net, self.config.start_share) if self._first is not None else net

    def steps(self, batches: Batches) -> Iterator[int]:
        """Learn what is left of the epoch at hand; yields after each step how many of the epoch's are done."""
        epoch, first = self.position
        for step, batch in enumerate(batches.epoch(epoch, first), start=first):
            self._step(epoch, step, batches.steps, batch.to(self.fabric.device))
            self._state["position"] = [epoch, step + 1]
            yield step + 1

    def _step(self, epoch: int, step: int, steps: int, batch: Batch) -> None:
        config = self.config
        torch.manual_seed(seed_at(config, epoch, step, self.fabric.global_rank))  # of the dropout
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate(epoch + step / steps, config)
        logits = self._trained(resized(batch.faces, side_px(epoch, config)))
        cost = loss(logits, batch, config)
        self._optimizer.zero_grad()
        self.fabric.backward(cost)
        self._optimizer.step()
        self._average.update_parameters(self._net)
        self._state["steps"].append((cost.item(), accuracy(logits["fer"][: len(batch.fer)], batch.fer)))

    def end_epoch(self, valid: Mapping[str, LabelledFaces]) -> dict[str, float]:
        """Score the averaged network and go to the next epoch; return the row of figures, as metrics.csv has it.

        valid: the validation splits by head. Only the first process scores.
        """
        epoch, _ = self.position
        mean = self.fabric.all_reduce(torch.tensor(self._state["steps"]).mean(0))
        assert isinstance(mean, torch.Tensor)
        mean_loss, mean_accuracy = mean.tolist()
        row = {"epoch": epoch + 1, "train_loss": mean_loss, "train_fer_accuracy": mean_accuracy}
        if self.fabric.is_global_zero:
            with self.fabric.autocast():
                row |= validation(self._average.module, valid, self.fabric.device)
        self._state["history"].append(row)
        self._state |= {"position": [epoch + 1, 0], "steps": []}
        return row

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all; all processes call this. Raises OutputError."""
        if not self.fabric.is_global_zero:  # only the first process writes, but all have to call this
            self.fabric.save(path, self._state)
            return
        with writing(path) as part:
            self.fabric.save(part, self._state)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint. Raises UsageError where there is none, or it is of a run with other settings."""
        if not path.is_file():
            raise UsageError(f"There is no checkpoint {path} to resume from.", "Leave out --resume to start anew.")
        saved = self.fabric.load(path)["config"]
        config = {key: value for key, value in self._state["config"].items() if key != "start_share"}
        changed = [key for key, value in config.items() if saved.get(key) != value]
        if changed:
            raise UsageError(
                f"The run in {path} was started with other settings: {', '.join(sorted(changed))}.",
                "Give the same ones, or leave out --resume to start anew.",
            )
        self.fabric.load(path, self._state)
