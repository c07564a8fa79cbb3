"""Several processes learn what one does."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training/requirements.txt is not installed")
pytest.importorskip("lightning", reason="training/requirements.txt is not installed")

from tests.training import ddp_step  # noqa: E402
from tests.training.runs import arguments  # noqa: E402

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
# One thread for each process: there are two at a time.
ALONE = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def test_two_processes_compute_what_one_does_with_the_whole_batch(fer_folder, gender_folder, tmp_path):
    """Gradients and the statistics of the normalisation, batch normalisation in training mode."""
    ddp_step.main(str(fer_folder), str(gender_folder), 1, str(tmp_path / "1.pt"))
    command = [sys.executable, "-m", "tests.training.ddp_step", fer_folder, gender_folder, "2", tmp_path / "2.pt"]
    done = subprocess.run(command, cwd=ROOT, env=ALONE, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    one, two = (torch.load(tmp_path / f"{processes}.pt", weights_only=True) for processes in (1, 2))
    assert set(one) == set(two)
    for name, value in one.items():
        assert torch.allclose(value.float(), two[name].float(), rtol=1e-3, atol=1e-5), name
    assert max(float(g.abs().max()) for g in one.values()) > 0.01


def test_fabric_run_with_two_processes_learns_the_same(trained, fer_folder, gender_folder, tmp_path):
    fabric = [sys.executable, "-m", "lightning.fabric.cli", "--accelerator=cpu", "--strategy=ddp", "--devices=2"]
    done = subprocess.run(
        [*fabric, "tests/training/tiny_train.py", *arguments(fer_folder, gender_folder, tmp_path, 2)],
        cwd=ROOT,
        env=ALONE,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    curves = [list(csv.DictReader((run / "metrics.csv").open())) for run in (trained, tmp_path)]
    # Only the dropout differs; drawing it anew moves these figures by 1 and 6 % in a single process.
    for alone, together, noise in zip(*curves, (0.02, 0.12), strict=True):
        assert float(together["train_loss"]) == pytest.approx(float(alone["train_loss"]), rel=noise)
        assert float(together["valid_fer_loss"]) == pytest.approx(float(alone["valid_fer_loss"]), rel=noise)
