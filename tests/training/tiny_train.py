"""training/train.py as `fabric run` starts it, with a tiny network and without pictures of the scores."""

import runpy
import sys
from pathlib import Path

from tests.training.runs import TINY
from training import evaluate, model

if __name__ == "__main__":
    model.CONFIGS["small"] = model.ModelConfig(**TINY)
    evaluate.draw = lambda *_: None
    script = Path(model.__file__).with_name("train.py")
    sys.path[0] = str(script.parent)
    runpy.run_path(str(script), run_name="__main__")
