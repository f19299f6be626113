SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
PIP := set -o pipefail; $(BIN)/python -m pip install --disable-pip-version-check
# Names each package that pip is at, 78 columns wide: a minute of silence looks like a hang.
define NAMES
| awk '/^Collecting/ { sub(/[^A-Za-z0-9._-].*/, "", $$2); used += length($$2) + 1; \
	if (used > 76) { printf "\n "; used = length($$2) + 1 } printf " %s", $$2; fflush() } \
	/^Installing/ { printf "\n  installing ..."; fflush() } END { print "" }'
endef

.PHONY: demo test slow lint docs bench

.venv/bin/python:
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

.venv/frameworks: pyproject.toml | .venv/bin/python
	@echo "Installing asgisim and nine frameworks, about sixty packages:"
	@printf ' '; $(PIP) --editable '.[frameworks]' $(NAMES)
	@touch $@

.venv/ready: pyproject.toml | .venv/bin/python
	@echo "Installing asgisim with all that its checks need, about a hundred and forty packages:"
	@printf ' '; $(PIP) --editable '.[dev]' $(NAMES)
	@touch $@

demo: .venv/frameworks
	$(BIN)/python -m asgisim.frameworks

test: .venv/ready lint
	$(BIN)/python -m pytest -q -n 2

slow: .venv/ready
	$(BIN)/python -m pytest -q -m slow

docs: .venv/ready
	$(BIN)/python -m sphinx -W --keep-going --quiet --fresh-env docs docs/_build/html
	@echo "docs/_build/html/index.html"

# Wants a machine with nothing else to do.
bench: .venv/ready
	for suite in self peers middlewares growth; do \
		$(BIN)/python -m asgisim bench --$$suite --format json --output docs/benchmarks/$$suite.json || exit; \
	done
	$(BIN)/python docs/generate.py

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
