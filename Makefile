# dashlib: `make help` lists the targets. Each sets up .venv the first time.
# Needs only Python 3.11+ and make.
SHELL := /bin/sh
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	if command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
RUN := $(VENV)/bin
RUNTIME := $(VENV)/.runtime-is-set-up
DEVELOPMENT := $(VENV)/.development-is-set-up
PIP := $(RUN)/python -m pip --quiet --disable-pip-version-check
SHARED ?= ../shared
PACKAGING_VENV := .venv-packaging
PACKAGING_RUN := $(PACKAGING_VENV)/bin
PACKAGING := $(PACKAGING_VENV)/.is-set-up
SITE_VENV := .venv-site
SITE := $(SITE_VENV)/.is-set-up

.DEFAULT_GOAL := help
.PHONY: help shell preview dashboards check docs test test-slow test-browser preview-assets gallery prometheus promtool lint types contract e2e e2e-short e2e-record e2e-up e2e-down \
	catalog verify-compose verify-grafana verify-promtool verify-profiles verify-victoriametrics fuzz mutants mutants-record package distributions \
	verify-dependencies verify-pythons bench bench-preview bench-scale clean

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F '\t' '{printf "  make %-14s %s\n", $$1, $$2}'

$(RUN)/python:
	@test -n "$(PYTHON)" || { echo "dashlib needs Python 3.11 or newer; none was found on PATH (name one: make PYTHON=/path/to/python3)" >&2; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) could not create a virtual environment; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 2; }

$(RUNTIME): $(RUN)/python requirements/runtime.txt pyproject.toml
	@echo "setting up $(VENV) (once)"
	@$(PIP) install --require-hashes -r requirements/runtime.txt
	@$(PIP) install --no-deps --editable .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements/development.txt
	@echo "installing the tools of development into $(VENV) (once)"
	@$(PIP) install --require-hashes -r requirements/development.txt
	@touch $@

dashboards: $(RUNTIME) ## compile every dashboard and rule file from Python, and generate the lists in docs/
	@$(RUN)/dashlib build
	@$(RUN)/python tools/generate_docs.py

preview: $(RUNTIME) preview-assets prometheus ## see every dashboard in a browser; RECORDING=database-hung: in a recorded fault
	@$(RUN)/dashlib preview $(if $(RECORDING),--recording $(RECORDING))

shell: $(RUNTIME) ## open a shell in which the command is `dashlib`
	@PATH="$(abspath $(RUN)):$(abspath .tools):$$PATH" $${SHELL:-/bin/sh}

check: $(RUNTIME) ## check that the committed files match the Python code
	@$(RUN)/dashlib build --check
	@$(RUN)/python tools/generate_docs.py --check

docs: $(RUNTIME) $(SITE) ## build the documentation as a site, build/docs/site/index.html; links are checked
	@$(RUN)/python -m tools.docs_site
	@$(SITE_VENV)/bin/zensical build --strict --config-file build/docs/mkdocs.yml
	@$(RUN)/python -m tools.docs_site --finish

$(SITE): $(RUN)/python requirements/site.txt
	@echo "setting up $(SITE_VENV) (once)"
	@$(RUN)/python -m venv $(SITE_VENV)
	@$(SITE_VENV)/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/site.txt
	@touch $@

# Every worker imports every test, and would compile each anew where the environment forbids Python to keep bytecode.
unexport PYTHONDONTWRITEBYTECODE
# promtool runs for a second at a time: collecting its garbage less often saves a sixth of its CPU time.
PYTEST = GOGC=400 PYTEST_XDIST_AUTO_NUM_WORKERS=$$(($(WORKERS))) $(RUN)/python -m pytest -n auto --dist worksteal
CORES = $$(getconf _NPROCESSORS_ONLN)

# A worker costs seconds before its first test; one more than there are cores has something to do while others wait.
test: WORKERS = $(CORES) + 1
test: $(DEVELOPMENT) promtool ## run the tests, except the slow ones
	@$(PYTEST) -m "not slow and not browser"

# Two workers per core: most of these tests wait, for servers or for a network that is broken on purpose.
test-slow: WORKERS = 2 * $(CORES)
test-slow: $(DEVELOPMENT) promtool ## run the slow tests: recorded faults, all proofs, failing pushes, doctor, Alertmanager
	@$(PYTEST) -m slow

# uPlot draws the time series of `dashlib preview`. The wheel carries it; a checkout fetches it with npm.
preview-assets: ## fetch the chart library of `dashlib preview` (npm)
	@command -v npm >/dev/null || { echo "make preview-assets: npm was not found on PATH; on Debian and Ubuntu: apt-get install npm" >&2; exit 2; }
	@npm ci --ignore-scripts --silent --prefix packaging/preview
	@cp packaging/preview/node_modules/uplot/dist/uPlot.iife.min.js packaging/preview/node_modules/uplot/dist/uPlot.min.css dashlib/preview/assets/
	@cp packaging/preview/node_modules/uplot/LICENSE dashlib/preview/assets/uPlot.LICENSE

# Needs Debian's packages chromium and prometheus.
gallery: $(RUNTIME) preview-assets prometheus ## take the pictures of docs/gallery anew
	@$(PIP) install --require-hashes -r requirements/browser.txt
	@$(RUN)/python tools/gallery.py

test-browser: $(DEVELOPMENT) preview-assets ## open the preview of every dashboard in Chromium, and hold it to the panel reader
	@$(PIP) install --require-hashes -r requirements/browser.txt
	@$(RUN)/python -m pytest tests/preview -m browser

prometheus: ## fetch promtool and prometheus for the preview, if missing; needs no root
	@tools/install_prometheus_tools.sh prometheus

promtool: ## fetch promtool, amtool, alertmanager and victoria-metrics for the tests, if missing; needs no root
	@tools/install_prometheus_tools.sh

lint: $(DEVELOPMENT) ## ruff, the walls between rooms, spelling, and dashlib's own lint over the declarations
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/lint-imports --no-logo
	@$(RUN)/codespell dashlib dashboards alerts docs bench tools *.md
	@$(RUN)/dashlib lint

types: $(DEVELOPMENT) ## mypy --strict
	@$(RUN)/mypy

# A worker a file: one waits for a stack to stream while another checks schemas.
contract: WORKERS = $(CORES)
contract: $(DEVELOPMENT) ## check compiled files, catalog and panel reader against SHARED=../shared and @grafana/data (Node 20)
	@test -d "$(SHARED)" || { echo "make contract: folder $(SHARED) does not exist; pass SHARED=..." >&2; exit 2; }
	@DASHLIB_SHARED="$(abspath $(SHARED))" $(PYTEST) --dist loadfile tests/contract

e2e: $(DEVELOPMENT) ## run the tests on a running Debezium; FAULT=name for one fault only
	@$(RUN)/python -m tests.e2e run $(if $(FAULT),--fault $(FAULT))

e2e-short: $(DEVELOPMENT) ## run the part of e2e that the gate runs: one fault of each kind
	@$(RUN)/python -m tests.e2e run --short

e2e-record: $(DEVELOPMENT) ## record the faults again (or FAULT=name) in tests/e2e/recordings and docs/faults.md
	@$(RUN)/python -m tests.e2e run $(if $(FAULT),--fault $(FAULT),tests/e2e/test_faults.py tests/e2e/test_alerts_arrive.py) --record
	@$(RUN)/python -m tests.e2e.fault_table

e2e-up: $(DEVELOPMENT) ## start the e2e stack with a load, and leave it running
	@$(RUN)/python -m tests.e2e up

e2e-down: $(DEVELOPMENT) ## stop the stack that e2e-up started
	@$(RUN)/python -m tests.e2e down

catalog: $(DEVELOPMENT) ## regenerate the metric catalog from a running stack
	@$(RUN)/python -m tests.e2e.catalog

verify-promtool: $(RUNTIME) ## prove the alerts and run tests/rules with a promtool of today's Prometheus, built into .tools/current
	@program=$$(tools/install_current_promtool.sh) || exit $$(($$? != 3)); \
	echo "with $$($$program --version 2>&1 | head -n 1)"; PROMTOOL=$$program $(RUN)/dashlib test

verify-profiles: $(RUNTIME) promtool ## prove the alerts as each shipped naming profile spells the metrics
	@for profile in $$($(RUN)/python -c "from dashlib.metrics.profiles import shipped_profiles; print(*shipped_profiles())"); do \
	  said=$$($(RUN)/dashlib test --profile $$profile 2>&1) || { echo "$$said"; exit 1; }; \
	  echo "$$profile: $$(echo "$$said" | tail -n 1)"; \
	done

verify-compose: $(RUNTIME) ## start the lab (needs docker) and check that every panel has data
	@$(RUN)/python tools/verify_compose.py

verify-grafana: $(RUNTIME) ## try diff, push and pull on your Grafana: URL=..., and GRAFANA_TOKEN of an administrator
	@test -n "$(URL)" || { echo "make verify-grafana: pass URL=https://grafana.example.com" >&2; exit 2; }
	@$(RUN)/python tools/verify_grafana.py "$(URL)"

verify-victoriametrics: $(DEVELOPMENT) promtool ## ask VictoriaMetrics what Prometheus is asked, and replay the recorded faults by vmalert-tool
	@$(RUN)/python -m pytest tests/engines
	@$(RUN)/python -m tests.engines.functions
	@$(RUN)/python -m tests.engines.replay $(FAULT)

fuzz: $(DEVELOPMENT) ## feed random input to the parsers of foreign files; ROUNDS=20000
	@$(RUN)/python -m tests.fuzz --rounds $(or $(ROUNDS),20000)

mutants: $(DEVELOPMENT) promtool ## break the compiler on purpose and check that a proof fails; EVERY=1: the proof of each changed rule; MUTANT=name
	@$(RUN)/python -m tests.mutants $(if $(EVERY),--every) $(if $(FORMAT),--format $(FORMAT)) $(MUTANT)

mutants-record: $(DEVELOPMENT) promtool ## run the mutants and update the table in docs/testing.md
	@$(RUN)/python -m tests.mutants --record

package: distributions promtool ## build wheel and sdist, and try them in a clean environment, from an empty folder to proven alerts
	@$(RUN)/python tools/check_package.py dist/*.whl

verify-dependencies: distributions promtool ## try the wheel with each dependency at its lowest and its newest version
	@$(PACKAGING_RUN)/python -m tools.verify_environments dependencies dist/*.whl

verify-pythons: distributions promtool ## try the wheel on every supported Python that is here; the others are named as not run
	@$(PACKAGING_RUN)/python -m tools.verify_environments pythons dist/*.whl

# The wheel is built from the sdist, so that the one tells whether the other is whole.
distributions: $(RUNTIME) $(PACKAGING) preview-assets promtool
	@rm -rf dist
	@$(RUN)/python tools/preview_answers.py
	@$(PACKAGING_RUN)/python -m build --outdir dist . >/dev/null
	@$(PACKAGING_RUN)/python -m twine check --strict dist/*

$(PACKAGING): $(RUN)/python requirements/packaging.txt
	@echo "setting up $(PACKAGING_VENV) (once)"
	@$(RUN)/python -m venv $(PACKAGING_VENV)
	@$(PACKAGING_RUN)/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/packaging.txt
	@touch $@

bench: $(DEVELOPMENT) promtool ## measure speed and memory as ratios to the peers in the same run
	@$(RUN)/python bench/run.py
	@$(RUN)/python bench/push.py
	@$(RUN)/python bench/doctor.py
	@$(RUN)/python bench/proof.py

bench-preview: preview-assets ## how long a page of 200 panels takes in Chromium (the packages of `make test-browser`)
	@$(RUN)/python bench/preview.py

bench-scale: $(DEVELOPMENT) promtool ## what rules and dashboards cost a Prometheus, CONNECTORS=1000; with the course's in SHARED=../shared
	@$(RUN)/python bench/scale.py $(or $(CONNECTORS),1000) --shared "$(abspath $(SHARED))"

clean: ## remove the virtual environment and every cache
	rm -rf $(VENV) $(PACKAGING_VENV) $(SITE_VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
