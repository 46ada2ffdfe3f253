# ind_risk: needs Python 3.11 or newer, make and a package index.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
UV     := $(shell command -v uv 2>/dev/null)
WORLD  ?= audited

.DEFAULT_GOAL := help
.PHONY: help env run test ui docs lint benchmarks soak lock clean

help: ## what can be made here
	@echo "ind_risk: a risk model let into use only by evidence"
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo "Variables: PYTHON=python3.12  VENV=.venv  WORLD=audited|letter|biased|broken_assumption|drifted|inspectors"

env: $(VENV)/.ready ## the environment: pinned and hashed, with uv if there is one, else pip

$(VENV)/.ready: requirements-test.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with PYTHON=python3.12"; exit 1; }
	@echo "Building the environment in $(VENV) (about a minute; more on a slow line)"
ifeq ($(UV),)
	@$(PYTHON) -m venv $(VENV)
	@# The file is complete and compiled, so nothing is left to resolve (pip would trip over extras).
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements-test.txt
	@$(BIN)/python -m pip check
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
else
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
	@$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-test.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
endif
	@touch $@

run: env ## the whole lifecycle on an embedded world (WORLD=...), from raw tables to the gate
	@$(BIN)/ind-risk run --world $(WORLD)

ui: env ## Dagster's and MLflow's screens on this machine only
	@$(BIN)/ind-risk ui

test: env ## lint, types, layers, tests
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .
	@$(BIN)/lint-imports
	@# Types beside the tests: mypy has one thread. Three tests at a time: some wait for a server.
	@$(BIN)/mypy > $(VENV)/mypy.log 2>&1 & types=$$!; \
	  $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder; tests=$$?; \
	  wait $$types; types=$$?; cat $(VENV)/mypy.log; exit $$((tests || types))

docs: env ## the documentation in build/docs, to be read without a network; warnings are errors
	@$(BIN)/python -m sphinx -W --keep-going -n -E -q -b html docs build/docs
	@echo "Open build/docs/index.html"

benchmarks: env ## every benchmark, in turn (about an hour)
	@for b in bias lifecycle features verdicts interrupted loop; do echo "== $$b"; $(BIN)/python benchmarks/$$b.py || exit 1; done

soak: env ## long campaigns: flipped bytes, kills, crowds, the gate against a model (an hour)
	@$(BIN)/python benchmarks/soak.py

lock: ## compile the pinned requirements anew (needs uv)
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.txt
	uv pip compile -q --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra test --extra postgres --extra docs -c requirements.txt -o requirements-test.txt

clean: ## remove the environment, the default home and the documentation
	rm -rf $(VENV) .ind_risk build
