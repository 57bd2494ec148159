# What can be done here, each one command. A second run does only what changed.

PYTHON ?= python3
PORT ?= 5000
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

# The lock first, alone and with hashes; then the project itself, which may not pull in anything more.
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check
PROJECT := $(INSTALL) --no-deps --no-build-isolation --editable .

.PHONY: help run demo test lint bench lock vendor clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

run: $(VENV)/runtime  ## Start the example township on 127.0.0.1, port 5000 or PORT=…
	$(BIN)/changtong run --example --port $(PORT)

demo: $(VENV)/runtime  ## Play the sample calls, documents and matters through the example township
	$(BIN)/changtong demo

test: lint  ## Check everything: style, types, all tests with browser and PostgreSQL
	$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: $(VENV)/development  ## Check style and types
	$(BIN)/ruff check
	$(BIN)/mypy

bench: $(VENV)/development  ## Measure; write build/bench.json
	$(BIN)/python -m bench

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null && $(PYTHON) -m venv $(VENV) || $(PYTHON) -m virtualenv --quiet $(VENV) || \
		{ rm -rf $(VENV); echo "No venv here: install python3-venv (Debian, Ubuntu) or virtualenv, then run make again" >&2; exit 1; }

$(VENV)/runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(PROJECT)
	@touch $@

# It holds all of the runtime, so that make run after make test installs nothing.
$(VENV)/development: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --require-hashes --requirement requirements-dev.lock
	$(PROJECT)
	@touch $@ $(VENV)/runtime

# Resolve the direct dependencies of pyproject.toml anew; add UPGRADE=--upgrade for newer versions.
COMPILE = build/lock/bin/uv pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url $(UPGRADE) --group build pyproject.toml
lock:  ## Write requirements.lock and requirements-dev.lock
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet uv
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --group dev --constraints requirements.lock --output-file requirements-dev.lock

vendor: $(VENV)/development  ## Fetch the front end's files again, as tools/vendor.json names them (needs npm)
	$(BIN)/python -m tools.vendor

clean:  ## Remove the environment and everything built; data stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
