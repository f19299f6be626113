SHELL := bash
PYTHON ?= python3
BIN := .venv/bin
# Where uv does not reach what pip is set up to reach, pip does it, in minutes for seconds.
define INSTALL
$(BIN)/python -m pip install --quiet --disable-pip-version-check uv && \
	$(BIN)/python -m uv pip install --quiet --compile-bytecode --python $(BIN)/python --editable '$(1)' || \
	$(BIN)/python -m pip install --disable-pip-version-check --editable '$(1)'
endef
# Tests start many processes, and each would compile asgisim anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test slow lint ruff mypy pyright docs bench

.venv/bin/python:
	@echo "Making .venv with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv .venv

.venv/frameworks: pyproject.toml | .venv/bin/python
	@echo "Installing asgisim and nine frameworks, about sixty packages"
	@$(call INSTALL,.[frameworks])
	@touch $@

.venv/ready: pyproject.toml | .venv/bin/python
	@echo "Installing asgisim with all that its checks need, about a hundred and forty packages"
	@$(call INSTALL,.[dev])
	@touch $@

demo: .venv/frameworks
	$(BIN)/python -m asgisim.frameworks

# Half of the tests wait for servers most of their time: more workers than processors.
test: .venv/ready lint
	$(BIN)/python -m pytest -q -n 4 --dist worksteal

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
	@$(MAKE) --no-print-directory --output-sync -j 2 ruff mypy pyright

ruff:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

mypy:
	$(BIN)/mypy

pyright:
	$(BIN)/pyright
