# Everything a person types. Each target does all set-up it needs, on a machine with Python 3.11 or newer, git and make.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTS  ?=
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check lint docs format bench pictures lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

setup: $(READY) ## create .venv with everything in requirements.lock; leaves .venv/bin/leadline

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@PYTHON="$(PYTHON)" scripts/setup.sh "$(VENV)"
	@touch $@

demo: $(READY) ## serve the VirtEngine practice on simulated traffic, and print where (DEMO="--port 0")
	@exec $(BIN)/leadline demo $(DEMO)

test: $(READY) ## all tests; installs Debian's prometheus and postgresql when it may (TESTS=path for a part)
	@scripts/test-programs.sh
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

test-long: $(READY) ## the same, with fault and fuzz runs at full length
	@scripts/test-programs.sh
	LEADLINE_TEST_LONG=1 $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(TESTS)

check: lint test ## what must pass before a change is merged

lint: $(READY) docs ## format, ruff, mypy, the direction of imports and the documentation, without tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(READY) ## write the documentation as a site into build/docs; a dead link is an error
	@PYTHONPATH=docs $(BIN)/python -m website build/docs

format: $(READY) ## rewrite the code as ruff wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(READY) ## benchmarks; results as JSON in benchmarks/results
	$(BIN)/python -m benchmarks $(BENCH)

pictures: $(READY) ## draw the pictures of README and docs again
	$(BIN)/python scripts/pictures.py

lock: $(READY) ## resolve the dependencies again (UPGRADE=--upgrade for newer versions)
	$(VENV)/uv/bin/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header $(UPGRADE) --output-file requirements.lock

clean: ## remove .venv, caches and results
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist benchmarks/results
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
