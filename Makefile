# dashlib: `make help` lists the targets. Each does its own set-up in .venv; a second run does none.
# The only things a machine must have: Python 3.11+ and make.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
RUN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-is-set-up
DEVELOPMENT := $(VENV)/.development-is-set-up
PIP := $(RUN)/python -m pip --quiet --disable-pip-version-check
SHARED ?= ../shared

.DEFAULT_GOAL := help
.PHONY: help dashboards check test test-slow promtool lint types contract e2e e2e-short e2e-record e2e-up e2e-down catalog verify-compose \
	verify-grafana fuzz mutants mutants-record package bench clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

$(RUN)/python:
	@test -n "$(PYTHON)" || { echo "dashlib needs Python 3.11 or newer; none was found on PATH (name one with: make PYTHON=/path/to/python3)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not make a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }

$(RUNTIME): $(RUN)/python requirements/runtime.txt pyproject.toml
	@echo "setting up $(VENV) (once)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/development.txt
	@echo "installing the tools of development into $(VENV) (once)"
	@$(PIP) install --require-hashes -r requirements/development.txt
	@touch $@

dashboards: $(RUNTIME) ## compile every dashboard and rule file from Python, and write the lists of alerts in docs/
	@$(RUN)/dashlib build
	@$(RUN)/python tools/generate_docs.py

check: $(RUNTIME) ## are the committed files what the Python code says?
	@$(RUN)/dashlib build --check
	@$(RUN)/python tools/generate_docs.py --check

# Two workers a core: many tests wait for a network that is broken on purpose.
PYTEST = PYTEST_XDIST_AUTO_NUM_WORKERS=$$((2 * $$(getconf _NPROCESSORS_ONLN))) $(RUN)/python -m pytest -n auto --dist worksteal

test: $(DEVELOPMENT) promtool ## the tests, without the slow ones
	@$(PYTEST) -m "not slow"

test-slow: $(DEVELOPMENT) promtool ## the slow tests: recorded faults, all proofs, pushes that fail, doctor, Alertmanager
	@$(PYTEST) -m slow

promtool: ## promtool, amtool and alertmanager for the tests, where the machine has none; needs no root
	@tools/install_prometheus_tools.sh

lint: $(DEVELOPMENT) ## ruff, the walls between rooms, spelling, and dashlib's own lint over the declarations
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/lint-imports --no-logo
	@$(RUN)/codespell dashlib dashboards alerts docs bench tools *.md
	@$(RUN)/dashlib lint

types: $(DEVELOPMENT) ## mypy --strict
	@$(RUN)/mypy

contract: $(DEVELOPMENT) ## hold the compiled files, the catalog and the reader of panels against SHARED=../shared and @grafana/data (Node 20)
	@test -d "$(SHARED)" || { echo "make contract: there is no folder $(SHARED); name it with SHARED=..." >&2; exit 2; }
	@DASHLIB_SHARED="$(abspath $(SHARED))" $(RUN)/python -m pytest tests/contract

e2e: $(DEVELOPMENT) ## the tests on a Debezium that really runs; one fault only with FAULT=name
	@$(RUN)/python -m tests.e2e run $(if $(FAULT),--fault $(FAULT))

e2e-short: $(DEVELOPMENT) ## what the gate runs of e2e: of the faults, one of each kind
	@$(RUN)/python -m tests.e2e run --short

e2e-record: $(DEVELOPMENT) ## the faults again (or FAULT=name), keeping what they do in tests/e2e/recordings and docs/faults.md
	@$(RUN)/python -m tests.e2e run $(if $(FAULT),--fault $(FAULT),tests/e2e/test_faults.py tests/e2e/test_alerts_arrive.py) --record
	@$(RUN)/python -m tests.e2e.fault_table

e2e-up: $(DEVELOPMENT) ## start the stack of the e2e tests and leave it running, with a load
	@$(RUN)/python -m tests.e2e up

e2e-down: $(DEVELOPMENT) ## stop the stack that e2e-up left running
	@$(RUN)/python -m tests.e2e down

catalog: $(DEVELOPMENT) ## regenerate the metric catalog from a running stack
	@$(RUN)/python -m tests.e2e.catalog

verify-compose: $(RUNTIME) ## on a machine with docker: bring the lab up and check that every panel has data
	@$(RUN)/python tools/verify_compose.py

verify-grafana: $(RUNTIME) ## try diff, push and pull on a Grafana of yours: URL=..., with GRAFANA_TOKEN of an administrator
	@test -n "$(URL)" || { echo "make verify-grafana: say URL=https://grafana.example.com" >&2; exit 2; }
	@$(RUN)/python tools/verify_grafana.py "$(URL)"

fuzz: $(DEVELOPMENT) ## many rounds of random input for what reads other people's files; ROUNDS=20000
	@$(RUN)/python -m tests.fuzz --rounds $(or $(ROUNDS),20000)

mutants: $(DEVELOPMENT) promtool ## is a compiler that is wrong found out by the proofs? EVERY=1: by each changed rule's own; MUTANT=name
	@$(RUN)/python -m tests.mutants $(if $(EVERY),--every) $(if $(FORMAT),--format $(FORMAT)) $(MUTANT)

mutants-record: $(DEVELOPMENT) promtool ## the mutants again, keeping the table in docs/testing.md
	@$(RUN)/python -m tests.mutants --record

package: $(DEVELOPMENT) ## build the wheel and try it in an environment of its own
	@rm -rf dist
	@$(PIP) wheel --no-deps --wheel-dir dist .
	@$(RUN)/python tools/check_package.py dist/*.whl

bench: $(DEVELOPMENT) promtool ## speed and size against the peers, of a push, of doctor and of the proofs, as ratios in one run
	@$(RUN)/python bench/run.py
	@$(RUN)/python bench/push.py
	@$(RUN)/python bench/doctor.py
	@$(RUN)/python bench/proof.py

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
