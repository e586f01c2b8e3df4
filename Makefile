# Needs Python 3.11 or later (with venv), make and git. Every target does its own set-up:
# slow the first time, at once after that.
#   PYTHON=python3.12   the interpreter .venv is made from (else python3.11, python3, ...)
#   INSTALLER=pip       plain pip in place of uv
#   DATA=world          what report shows: world, complete-journey, online-retail, sample-broadcast
#   ARGS="..."          more arguments for test, report, lab and lock
#   JOBS=1              processes that the tests run in (2)
PYTHON ?=
INSTALLER ?= uv
DATA ?= world
JOBS ?= 2
BIN := .venv/bin

# Set-up is done again when the lock, pyproject.toml or this folder's name changes.
HASH := $(shell { pwd; cat requirements.lock pyproject.toml; } | git hash-object --stdin | cut -c1-12)
STAMP := .venv/.stamp-$(HASH)
# The real campaigns of Complete Journey come with the sample broadcast.
DEMOS = $(if $(filter complete-journey,$(DATA)),sample_broadcast )$(subst -,_,$(DATA))
# The tutorials and reports; none yet is no mistake.
NOTEBOOKS = $(wildcard notebooks/*.ipynb)

.DEFAULT_GOAL := help
.PHONY: help setup report test lab check lint types imports notebooks environment docs tracked format lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv from requirements.lock (the other targets do it too)

$(STAMP):
	@PYTHON="$(PYTHON)" INSTALLER="$(INSTALLER)" sh scripts/setup.sh
	@rm -f .venv/.stamp-* && touch $@

report: $(STAMP) ## show a simulated world (DATA=complete-journey: real campaigns)
	$(BIN)/liveattr demo $(DEMOS) --report $(ARGS)
	@echo
	@echo "Reports: open $(CURDIR)/reports/index.html in a browser"

test: $(STAMP) ## run the tests (ARGS="-k identity" for some of them)
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

lab: $(STAMP) ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab $(ARGS)

check: lint types imports notebooks environment docs tracked ## every check that is no test; all of them: make -k check

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(STAMP)
	$(BIN)/mypy

imports: $(STAMP)
	$(BIN)/lint-imports --no-logo

notebooks: $(STAMP)
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify $(NOTEBOOKS))

environment: $(STAMP)
	$(BIN)/python scripts/make_environment.py --check

docs: $(STAMP)
	$(BIN)/python -m liveattr.docs --check

tracked: $(STAMP)
	$(BIN)/python scripts/check_tracked.py

format: $(STAMP) ## sort imports, format the code, empty the notebooks
	$(BIN)/ruff check --select I --fix
	$(BIN)/ruff format
	$(if $(NOTEBOOKS),$(BIN)/nbstripout $(NOTEBOOKS))

lock: $(STAMP) ## write requirements.lock and environment.yml anew (ARGS=--upgrade for the newest)
	sh scripts/lock.sh $(ARGS)
	$(BIN)/python scripts/make_environment.py

clean: ## remove .venv and the caches; data and reports stay
	rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find liveattr tests scripts benchmarks -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
