"""How the live engine does, in numbers: `make bench`, or `python -m tests.bench.live [--only NAME ...]`.

Real portraits move along scripted paths with exact ground truth through the parts the program is made of. Prints a
table, and writes it as JSON and as a picture.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm import tqdm

from realtime.drawing.overlay import Overlay, Shown
from realtime.drawing.placement import over_face
from realtime.engine.loop import Run
from realtime.engine.painter import Painter
from realtime.engine.privacy import StrictMask
from realtime.engine.reader import FaceReader
from realtime.engine.stats import STAGES, Stats
from realtime.errors import AssetError
from realtime.faces.classifier import Classifier
from realtime.faces.views import ViewsInTurn
from realtime.packs.library import PackLibrary
from realtime.people.neutral import NeutralProfile
from realtime.people.people import People
from realtime.people.steadiness import Steadiness
from realtime.people.tracker import Tracker
from realtime.records import EMOTIONS, Face, Frame, Landmarks, Prediction, Reading, Region
from realtime.sources.live import Live
from tests.bench import faces
from tests.bench.faces import Parts
from tests.bench.scenes import FPS, SIZE_WH, Actor, Pose, Scene, across, exposed, portraits, still, to_and_fro

ROOT = Path(__file__).resolve().parents[2]
MODES = ("normal", "strict", "no smoothing")
SPEEDS_PX = (0, 20, 40, 80)


class _Frames:
    """A source that gives what it is told, as fast as it is asked or at a rate."""

    name, fps, stills, dropped, idle, reads = "scene", FPS, False, 0, False, ()

    def __init__(self, frames: Sequence[Frame], rate: float | None = None) -> None:
        self._frames, self._next, self._rate = frames, 0, rate
        self.paced = rate is not None
        self._began_s = time.monotonic()

    @property
    def ended(self) -> bool:
        return self._next >= len(self._frames)

    def read(self) -> Frame | None:
        if self.ended:
            return None
        frame = self._frames[self._next]
        self._next += 1
        if self._rate is None:
            return frame
        time.sleep(max(self._began_s + self._next / self._rate - time.monotonic(), 0))
        return Frame(frame.image, self._next, time.monotonic(), self.name)

    def stop(self) -> None:
        self._next = len(self._frames)

    def close(self) -> None:
        pass


class _Outputs:
    """Hands every frame to a function, if there is one."""

    paced = False

    def __init__(self, take: Callable[[Frame], None] = lambda frame: None) -> None:
        self.write = take

    def show_card(self, card: Frame) -> None:
        pass

    def serve(self) -> None:
        pass

    def keys(self, wait_s: float) -> list[str]:
        time.sleep(wait_s)
        return []


class _Sighted:
    """Looks at a frame of the same index with the faces still in it; misses them where told to."""

    def __init__(self, parts: Parts, clean: dict[int, np.ndarray], misses: Callable[[int], bool]) -> None:
        self._finder, self._verifier = parts.search(), parts.verifier
        self._clean, self._misses = clean, misses
        self._index = 0
        self.found: list[Face] = []  # in the last frame, misses or not

    def detect(self, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
        self._index = frame.index
        clean = Frame(self._clean[frame.index], frame.index, frame.time_s, frame.source)
        self.found = self._finder.detect(clean, known)
        return [] if self._misses(frame.index) else self.found

    def look(self, image: np.ndarray, region: Region) -> Landmarks | None:
        return self._verifier.look(self._clean[self._index], region)


class _Failing:
    """A classifier that fails in some calls."""

    def __init__(self, classifier: Classifier, fails: Callable[[int], bool]) -> None:
        self._classifier, self._fails, self._calls = classifier, fails, 0

    def predict(self, patches: Sequence[np.ndarray]) -> list[Prediction]:
        self._calls += 1
        if self._fails(self._calls):
            raise AssetError("made to fail", "Try again.")
        return self._classifier.predict(patches)


class Bench:
    """The measurements; each public method is one, and returns its figures."""

    def __init__(self, seconds: float, clips: Path | None, output_dir: Path) -> None:
        """seconds: length of the long measurements. clips: folder of videos and pictures, may be missing."""
        cv2.setNumThreads(1)  # as in the program
        self.seconds = seconds
        self.classifier = ViewsInTurn()
        self.parts = Parts.open()
        self.library = PackLibrary()
        self.portraits = portraits()
        self.clips_folder = clips
        self.output_dir = output_dir

    def run(self, source: Any, mode: str = "normal", take: Any = None, report: Any = None, **parts: Any) -> Stats:
        """Run a source through the parts as the program builds them, but for what is given; return the stats.

        take: is given every covered frame. report: every frame and its readings. parts: finder, verifier, classifier.
        """
        strict, stats = mode == "strict", Stats()
        people = People(
            Tracker(3.0) if strict else Tracker(), Steadiness().scaled(0.0 if mode == "no smoothing" else 0.5)
        )
        finder = parts.get("finder") or self.parts.search()
        verifier = parts.get("verifier", self.parts.verifier)
        Run(
            source=source,
            reader=FaceReader(
                finder, parts.get("classifier") or self.classifier, people, verifier=verifier, stats=stats
            ),
            painter=Painter(self.library, strict_mask=StrictMask() if strict else None, stats=stats),
            outputs=_Outputs(take) if take else _Outputs(),
            stats=stats,
            report=report,
            strict=strict,
        )()
        return stats

    def readings(self, scene: Scene, mode: str = "normal", **parts: Any) -> list[list[Reading]]:
        """Run a scene and return the readings of each frame."""
        told: list[list[Reading]] = []
        self.run(_Frames(list(scene)), mode, report=lambda _, readings: told.append(readings), **parts)
        return told

    # ---- privacy

    def exposure(self) -> dict[str, Any]:
        """Share of a head that can be seen, mean and worst, in percent: by mode and scene.

        Except with strict privacy, heads count from when the detector can find them.
        """
        first, second = self.portraits[0], self.portraits[-1]
        moving = {f"{speed} px a frame": Scene([Actor(first, to_and_fro(speed))], 90) for speed in SPEEDS_PX}
        scenes: dict[str, tuple[Scene, Any, Any]] = {name: (scene, None, None) for name, scene in moving.items()}
        for name, scene in moving.items():
            scenes[f"drop-outs, {name}"] = scene, lambda n: n % 30 in (12, 20, 21, 22), None
        entering = Scene([Actor(first, still(300)), Actor(second, across(-10, 1400, 330, 230))], 90)
        scenes["second face enters"] = entering, None, None
        scenes["classifier fails"] = moving["20 px a frame"], None, lambda call: call % 10 == 5
        return {
            mode: {name: self._exposed(mode, *scene) for name, scene in tqdm(scenes.items(), mode, leave=False)}
            for mode in MODES
        }

    def _exposed(self, mode: str, scene: Scene, misses: Any, fails: Any) -> dict[str, float]:
        clean = {frame.index: frame.image for frame in scene}
        painted = {index: scene.painted(index, image) for index, image in clean.items()}
        finder = _Sighted(self.parts, clean, misses or (lambda n: False))
        classifier = _Failing(self.classifier, fails or (lambda call: False))
        shown: list[list[float]] = []

        def look(frame: Frame) -> None:
            masks = painted[frame.index][1]
            if mode != "strict":
                masks = [mask for mask in masks if any(_lies_in(face, mask) for face in finder.found)]
            shown.append([exposed(frame.image, mask) for mask in masks])

        frames = [Frame(image, n, n / FPS, "scene") for n, (image, _) in painted.items()]
        ended = ""
        try:
            self.run(_Frames(frames), mode, look, finder=finder, verifier=finder, classifier=classifier)
        except AssetError:
            ended = "the run ends"
        worst = [max(values, default=0.0) for values in shown]
        figures = {"mean": 100 * float(np.mean(worst)), "worst": 100 * max(worst), "first": 100 * worst[0]}
        return figures | ({"note": ended} if ended else {})  # type: ignore[dict-item]

    # ---- steadiness

    def steadiness(self) -> dict[str, Any]:
        """Label changes a minute, jitter and lag; with smoothing and without."""
        return {mode: self._steadiness(mode) for mode in ("normal", "no smoothing")}

    def _steadiness(self, mode: str) -> dict[str, float]:
        figures: dict[str, float] = {}
        for portrait in self.portraits:
            scene = Scene([Actor(portrait, still())], round(self.seconds * FPS), noise=2.0, light=0.06)
            labels = [readings[0].emotion for readings in self.readings(scene, mode) if readings]
            changes = sum(one != other for one, other in pairwise(labels))
            figures[f"label changes a minute, {portrait.name}"] = changes * 60 / self.seconds
            scene = Scene([Actor(portrait, still())], 150, noise=2.0)
            regions = [readings[0].face.region for readings in self.readings(scene, mode)[15:]]
            size = float(np.mean([region.size_px for region in regions]))
            places = np.array([[*region.center, region.size_px] for region in regions])
            figures[f"jitter, % of the size, {portrait.name}"] = 100 * float(places.std(0).max()) / size
        for speed in SPEEDS_PX[1:]:
            figures[f"lag at {speed} px a frame, % of the size"] = self._lag(mode, speed)
        figures["response to a lasting change, ms"] = 1000 * self._response(mode)
        return figures

    def _lag(self, mode: str, speed_px: float) -> float:
        """Return by how much the drawn place trails the detected one along the way, mean over a pass."""
        seen: list[Face] = []

        class Noted:
            def detect(_, frame: Frame, known: Sequence[Region] | None = None) -> list[Face]:
                seen.append(max(self.parts.near.detect(frame), key=lambda face: face.score))
                return seen[-1:]

        scene = Scene([Actor(self.portraits[0], to_and_fro(speed_px, left=200, right=1080))], 60)
        told = self.readings(scene, mode, finder=Noted())
        gaps = [
            abs(readings[0].face.region.center[0] - face.region.center[0]) / face.region.size_px
            for readings, face in zip(told, seen, strict=True)
        ]
        return 100 * float(np.mean(gaps[2:]))

    def _response(self, mode: str) -> float:
        """Return the seconds after which a change of the model's answer is shown."""
        calm, changed = _answer("neutral"), _answer("surprise")
        calls = iter(range(10_000))

        class Scripted:
            def predict(_, patches: Sequence[np.ndarray]) -> list[Prediction]:
                return [calm if next(calls) < 60 else changed for _ in patches]

        scene = Scene([Actor(self.portraits[0], still())], 90)
        told = self.readings(scene, mode, classifier=Scripted())
        shown = next((n for n, readings in enumerate(told) if readings[0].emotion == "surprise"), 10_000)
        return (shown - 60) / FPS

    def identity(self) -> dict[str, float]:
        """Two people cross, one behind the other, at several speeds and distances: whose ids are swapped or new."""
        one, other = self.portraits[0], self.portraits[-1]
        passes = swapped = new = 0
        for speed in (6, 12, 25):
            for drop in (0, 60, 120):
                frames = round(760 / speed)
                there = _line(260, 300 - drop / 2, speed)
                back = _line(1020, 300 + drop / 2, -speed)
                told = self.readings(Scene([Actor(one, there, bust=False), Actor(other, back, bust=False)], frames))
                who = [[_nearest(r, path(n)) for path in (there, back)] for n, r in enumerate(told) if len(r) > 1]
                before, after = next(ids for ids in who if ids[0] != ids[1]), who[-1]
                passes += 1
                swapped += before[0] == after[1] or before[1] == after[0]
                new += not set(after) <= set(before)
        return {"passes": passes, "swapped": swapped, "somebody has a new id": new}

    def resting_face(self) -> dict[str, float]:
        """Share of the time in which a resting face is not read as neutral, before and after calibration, percent."""
        figures = {}
        for name, rest in (("sad", (0.52, 0.36)), ("angry", (0.50, 0.40))):
            rng = np.random.default_rng(1)
            answers = [_answer(name, *rest, rng) for _ in range(round(20 * FPS))]
            clear = {e: _answer(e, 0.85, 0.06) for e in EMOTIONS if e != "neutral"}
            bare, measured = NeutralProfile(), NeutralProfile()
            measured.calibrate()
            for n, answer in enumerate(answers[:90]):
                measured.learn(answer, n / FPS)
            for title, neutral in (("bare", bare), ("calibrated", measured)):
                said = [neutral.measure(answer).emotions for answer in answers[90:]]
                wrong = np.mean([EMOTIONS[int(p.argmax())] != "neutral" for p in said])
                figures[f"resting face like {name}, {title}: not neutral, %"] = 100 * float(wrong)
            kept = [measured.measure(c).emotions for c in clear.values()]
            right = [EMOTIONS[int(p.argmax())] == e for p, e in zip(kept, clear, strict=True)]
            figures[f"clear expressions kept with it, of {len(clear)}"] = float(sum(right))
        return figures

    def faces(self) -> dict[str, Any]:
        """Who is seen and what is taken for a face, and what that costs; curves are drawn beside the table."""
        return faces.measure(self.parts, self.clips_folder, self.output_dir)

    # ---- cost

    def cost(self) -> dict[str, float]:
        """Times a frame, in ms; processor time, memory, start."""
        scene = list(Scene([Actor(self.portraits[0], to_and_fro(4))], 300))
        figures = {"all but detector and CNN for a head at rest, % of them": self._overhead_at_rest()}
        before = time.process_time()
        stats = self.run(_Frames(scene))
        figures["processor time a frame, ms"] = 1000 * (time.process_time() - before) / len(scene)
        times = stats.times()
        core = times["detect"] + times["classify"]
        for stage, taken in times.items():
            for part in (50, 95, 99):
                figures[f"{stage} p{part}"] = float(np.percentile(taken, part))
        rest = times["total"] - core
        figures["all but detector and CNN, % of them"] = 100 * float(np.median(rest) / np.median(core))
        figures["total p99 / p50"] = figures["total p99"] / figures["total p50"]
        figures["share of a core at 30 frames a second, %"] = figures["processor time a frame, ms"] * 3
        return figures | self._more_faces() | self._pacing() | self._start()

    def _overhead_at_rest(self) -> float:
        """Return what all but detector and CNN takes for a head at rest, in % of them, the median."""
        scene = list(Scene([Actor(self.portraits[0], still())], 150, noise=2.0))
        times = self.run(_Frames(scene)).times()
        core = times["detect"] + times["classify"]
        return 100 * float(np.median(times["total"] - core) / np.median(core))

    def emoji(self) -> dict[str, float]:
        """Times to lay on an emoji 400 px wide, in ms, medians: at rest, moving, turning, fading, with motion."""
        pack, image = self.library.current, np.full((720, 1280, 3), 90, np.uint8)
        sad, happy = (pack.sprite(emotion, "female") for emotion in ("sad", "happy"))
        stories: dict[str, Callable[[int], tuple[Any, ...]]] = {
            "at rest": lambda n: (sad, Region((640, 360), 262), n / FPS, "sad"),
            "moving, 20 px a frame": lambda n: (sad, Region((300 + 20 * (n % 30), 360), 262), n / FPS, "sad"),
            "coming nearer": lambda n: (sad, Region((640, 360), 240 + n), n / FPS, "sad"),
            "turning": lambda n: (sad, Region((640, 360), 262, n / 30), n / FPS, "sad"),
            "fading": lambda n: ((sad, happy)[n // 4 % 2], Region((640, 360), 262), n / FPS, n // 4 % 2),
        }
        figures = {}
        for name, story in stories.items():
            for motion in (False, True) if name == "at rest" else (False,):
                overlay, taken = Overlay(motion), []
                for n in range(60):
                    before = time.perf_counter()
                    sprite, region, time_s, key = story(n)
                    overlay.draw(image, 1, Shown(sprite, key), over_face(region), time_s)
                    taken.append(1000 * (time.perf_counter() - before))
                figures[name + ", --motion" * motion] = float(np.median(taken[4:]))
        return figures

    def _more_faces(self) -> dict[str, float]:
        medians = []
        for count in (1, 3):
            actors = [Actor(self.portraits[0], still(250 + 390 * n, 360, 200)) for n in range(count)]
            times = self.run(_Frames(list(Scene(actors, 60)))).times()
            medians.append((float(np.median(times["total"])), float(np.median(times["detect"]))))
        (one, one_detect), (three, three_detect) = medians
        return {"each further face, ms": ((three - three_detect) - (one - one_detect)) / 2}

    def _pacing(self) -> dict[str, float]:
        """A camera at 30 frames a second into an output that takes 50 ms, and into one that takes nothing."""
        scene = list(Scene([Actor(self.portraits[0], still())], 90))
        figures = {}
        for name, seconds in (("slow output", 0.05), ("quick output", 0.0)):
            ages: list[float] = []

            def take(frame: Frame, seconds: float = seconds, ages: list[float] = ages) -> None:
                ages.append(time.monotonic() - frame.time_s)
                time.sleep(seconds)

            live = Live(_Frames(scene, FPS))
            stats = self.run(live, take=take)
            live.close()
            figures[f"{name}: frames dropped of {len(scene)}"] = float(stats.dropped)
            figures[f"{name}: capture to output p99, ms"] = 1000 * float(np.percentile(ages[5:], 99))
        return figures

    def _start(self) -> dict[str, float]:
        """Start of the program to the end of a run of one frame, the second time."""
        command = [sys.executable, "app.py", "--source", "demo", "--output", "none", "--max-seconds", "0.03"]
        for _ in range(2):
            before = time.monotonic()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            taken = time.monotonic() - before
        return {"start to the end of a run of one frame, s": taken}

    def memory(self) -> dict[str, float]:
        """Memory of the program in the course of a long video, in MB."""
        frames = round(self.seconds * FPS)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "long.mp4"
            writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), FPS, SIZE_WH)
            for frame in Scene([Actor(self.portraits[0], to_and_fro(10))], frames):
                writer.write(frame.image)
            writer.release()
            command = [sys.executable, "app.py", "--source", str(path), "--output", "none"]
            with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
                used_mb = []
                while program.poll() is None:
                    used_mb.append(_resident_mb(program.pid))
                    time.sleep(0.05)
        used_mb = [used for used in used_mb if used]
        middle = used_mb[len(used_mb) // 3]
        return {"after a third": middle, f"at the end of {frames} frames": used_mb[-2], "most": max(used_mb)}


def _answer(emotion: str, p: float = 0.8, neutral: float = 0.1, rng: np.random.Generator | None = None) -> Prediction:
    """Return a made-up prediction, with some noise in the logarithms if there is a generator."""
    emotions = np.full(len(EMOTIONS), (1 - p - neutral) / (len(EMOTIONS) - 2), np.float32)
    emotions[EMOTIONS.index("neutral")] = neutral
    emotions[EMOTIONS.index(emotion)] = p if emotion != "neutral" else p + neutral
    if rng is not None:
        emotions = (emotions * np.exp(rng.normal(0, 0.25, len(emotions)))).astype(np.float32)
    return Prediction(emotions / emotions.sum(), np.array([0.9, 0.1], np.float32))


def _line(start: float, y: float, speed_px: float) -> Callable[[int], Pose]:
    return lambda index: Pose(start + speed_px * index, y, 260)


def _lies_in(face: Face, mask: np.ndarray) -> bool:
    x, y = (int(c) for c in face.region.center)
    return face.sure and 0 <= x < mask.shape[1] and 0 <= y < mask.shape[0] and bool(mask[y, x])


def _nearest(readings: list[Reading], pose: Pose) -> int:
    return min(readings, key=lambda reading: abs(reading.face.region.center[0] - pose.x)).track


def _resident_mb(process: int) -> float:
    """Return the memory a process holds; 0 when it has ended. Linux only."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


MEASUREMENTS = ("exposure", "steadiness", "identity", "resting_face", "faces", "emoji", "cost", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=MEASUREMENTS)
    parser.add_argument("--seconds", type=float, default=60.0, help="of the long measurements; default: %(default)s")
    parser.add_argument("--clips", type=Path, metavar="DIR", help="a folder of videos and pictures of faces of yours")
    parser.add_argument("--output-dir", type=Path, default=ROOT / "runs" / "bench", metavar="DIR")
    args = parser.parse_args()
    args.output_dir.mkdir(parents=True, exist_ok=True)
    bench = Bench(args.seconds, args.clips, args.output_dir)
    results = {}
    for name in tqdm(args.only, desc="measuring"):
        results[name] = getattr(bench, name)()
        tqdm.write("\n".join(_table(name, results[name])))
    bench.parts.close()
    (args.output_dir / "live.json").write_text(json.dumps(results, indent=1))
    _picture(results, args.output_dir / "live.png")
    print(f"Written: {args.output_dir / 'live.json'} and live.png")


def _table(name: str, figures: dict[str, Any], indent: str = "") -> list[str]:
    lines = [f"{indent}{name}"]
    for key, value in figures.items():
        if isinstance(value, dict) and not all(isinstance(v, (float, str)) for v in value.values()):
            lines += _table(key, value, indent + "  ")
        elif isinstance(value, dict) and "mean" in value:
            told = "  ".join(f"{k} {v:.2f}" if isinstance(v, float) else f"({v})" for k, v in value.items())
            lines.append(f"{indent}  {key:46} {told}")
        elif isinstance(value, dict):
            lines += _table(key, value, indent + "  ")
        else:
            lines.append(f"{indent}  {key:46} {value:10.2f}")
    return lines


def _picture(results: dict[str, Any], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(13, 5), layout="constrained")
    for offset, (mode, scenes) in enumerate(results.get("exposure", {}).items()):
        values = [scene["worst"] for scene in scenes.values()]
        left.barh(np.arange(len(values)) + 0.27 * offset, values, 0.25, label=mode)
        left.set_yticks(np.arange(len(values)) + 0.27, list(scenes))
    left.set(title="Largest part of a head that can be seen in any frame", xlabel="%", xlim=(0, 100))
    if results.get("exposure"):
        left.legend()
        left.invert_yaxis()
    cost = results.get("cost", {})
    stages = [stage for stage in (*STAGES, "total") if f"{stage} p50" in cost]
    for part in (99, 95, 50):
        right.bar(stages, [cost[f"{stage} p{part}"] for stage in stages], label=f"p{part}")
    right.set(title="Time a frame", ylabel="ms")
    if stages:
        right.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
