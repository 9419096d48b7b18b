# Everything that a newcomer runs. `make up` and `make test` need Python 3.10 or newer and make, nothing else.
PYTHON ?= python3
SECONDS ?= 600
SHELL = /bin/sh
export PIP_DISABLE_PIP_VERSION_CHECK = 1

ifneq ($(shell command -v uv 2>/dev/null),)
UV = [ -w "$$HOME" ] || export UV_NO_CACHE=1; uv
VENV = $(UV) venv --quiet --seed --clear --python "$(PYTHON)" .venv
INSTALL = $(UV) pip install --quiet --python .venv/bin/python
HOW_LONG = some seconds
else
VENV = "$(PYTHON)" -m venv .venv
INSTALL = .venv/bin/python -m pip install --quiet
HOW_LONG = half a minute, or some seconds with uv on PATH
endif

.PHONY: up preview refresh destroy clean cli .cli-if-missing test lint types docs pictures generated guarantees bench soak load lock

up preview refresh destroy: .venv/program
	@.venv/bin/python -m sandbox.stack $@

clean:
	@if [ -e .venv/program ]; then .venv/bin/python -m sandbox.stack clean; fi
	rm -rf .venv .sandbox site examples/*/.venv .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The pinned Pulumi CLI, built from its Go modules into your cache folder: minutes, once on a machine.
cli: .venv/program
	@.venv/bin/python -m sandbox.cli

.cli-if-missing: .venv/program
	@.venv/bin/python -m sandbox.cli --if-missing

# Brings the Pulumi CLI where there is none. Without one the tests that deploy are skipped; under CI that is a failure.
test: lint types
	@.venv/bin/python -m sandbox.cli --if-missing || [ -z "$$CI" ]
	.venv/bin/python -m pytest -n auto $(TESTS)

lint: .venv/tests
	.venv/bin/python -m ruff format --check .
	.venv/bin/python -m ruff check .

types: .venv/tests
	.venv/bin/python -m mypy

# A warning or a broken link is an error.
docs: .venv/tests
	.venv/bin/python -m sphinx -W --keep-going -q -d .sandbox/doctrees docs site
	@echo "The documentation: site/index.html"

# Runs what the pictures of the documentation show, and draws them; the bench's from docs/pictures/data/bench.json, which
# `python -m bench --json` writes.
pictures: .venv/tests .cli-if-missing
	.venv/bin/python -m docs.pictures

# Writes what is derived from the declarations: the reference pages, the schema that editors check stack files with, and the
# plugin's, from which Pulumi makes SDKs.
SCHEMA = provider/pulumi_realtimekit/stack-config.schema.json
PLUGIN_SCHEMA = provider/pulumi_realtimekit/pulumi-schema.json
generated: .venv/tests
	.venv/bin/python docs/configuration.py
	.venv/bin/python docs/plugin_reference.py
	.venv/bin/python -m pulumi_realtimekit schema > $(SCHEMA).new
	mv $(SCHEMA).new $(SCHEMA)
	.venv/bin/python -c "from pulumi_realtimekit.checks import pulumi_schema; print(pulumi_schema.text(), end='')" > $(PLUGIN_SCHEMA).new
	mv $(PLUGIN_SCHEMA).new $(PLUGIN_SCHEMA)

# Writes what the docs promise, by the run itself: every fault in every call, then every interruption (a quarter of an hour).
# A page that breaks a promise stays in .sandbox.
guarantees: .venv/tests .cli-if-missing
	mkdir -p .sandbox
	.venv/bin/python -m tests.faults > .sandbox/faults.md
	mv .sandbox/faults.md docs/faults.md
	.venv/bin/python -m tests.interruptions > .sandbox/interruptions.md
	mv .sandbox/interruptions.md docs/interruptions.md
	.venv/bin/python -m docs.pictures --draw

bench: .venv/tests .cli-if-missing
	.venv/bin/python -m bench

# 1,000 recordings in one stack, and 20 stacks of 20, against the limits of requests of an account and of its user.
load: .venv/tests .cli-if-missing
	.venv/bin/python -m tests.load

# Random sequences of declarations, faults, kills and clock jumps; SEED repeats those of another run.
soak: .venv/tests .cli-if-missing
	.venv/bin/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Writes the exact versions anew, for every Python that is supported.
lock: .venv/tests
	{ head -n 1 constraints.txt; sed '/^-c/d' sandbox/requirements.txt tests/requirements.txt \
	  | .venv/bin/python -m uv pip compile --quiet --universal --upgrade --python-version 3.10 --no-annotate --no-header \
	    --no-emit-package pulumi-realtimekit provider/pyproject.toml - ; } > constraints.new
	mv constraints.new constraints.txt

.venv/python:
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12")'
	@$(VENV)
	@touch $@

.venv/program: .venv/python requirements.txt constraints.txt sandbox/requirements.txt provider/pyproject.toml
	@echo "Installing the program and the sandbox into .venv: $(HOW_LONG)."
	@$(INSTALL) -r requirements.txt -r sandbox/requirements.txt
	@touch $@

.venv/tests: .venv/program tests/requirements.txt
	@echo "Installing what the tests and checks need into .venv: $(HOW_LONG)."
	@$(INSTALL) -r tests/requirements.txt
	@touch $@
