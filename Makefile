# Everything that a newcomer runs. `make up` and `make test` need Python 3.10 or newer and make, nothing else.
PYTHON ?= python3
SECONDS ?= 600
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: up preview refresh destroy clean test lint types bench soak load docs generated guarantees lock

up preview refresh destroy: .venv/program
	.venv/bin/python -m sandbox.own_stack $@

clean:
	@if [ -x .venv/bin/python ]; then .venv/bin/python -m sandbox.own_stack clean; fi
	rm -rf .venv .sandbox

test: lint types
	.venv/bin/python -m pytest -n auto $(TESTS)

lint: .venv/tests
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

types: .venv/tests
	.venv/bin/mypy

# Into site/; a warning or a broken link is an error.
docs: .venv/tests
	.venv/bin/python -m sphinx -W --keep-going -q -d .sandbox/doctrees docs site

# Writes what is derived from the declarations: the configuration page, and the schema that editors check stack files with.
SCHEMA = provider/pulumi_realtimekit/stack-config.schema.json
generated: .venv/tests
	.venv/bin/python docs/configuration.py
	.venv/bin/python -m pulumi_realtimekit schema > $(SCHEMA).new
	mv $(SCHEMA).new $(SCHEMA)

# Writes what the docs promise, by the run itself: every fault in every call, then every interruption (a quarter of an hour).
# What breaks a promise is no page of the docs: it stays in .sandbox.
guarantees: .venv/tests
	mkdir -p .sandbox
	.venv/bin/python -m tests.faults.calls > .sandbox/faults.md
	mv .sandbox/faults.md docs/faults.md
	.venv/bin/python -m tests.interruptions > .sandbox/interruptions.md
	mv .sandbox/interruptions.md docs/interruptions.md

bench: .venv/tests
	.venv/bin/python -m bench

# 1,000 recordings in one stack, and 20 stacks of 20, against the limits of requests of an account and of its user.
load: .venv/tests
	.venv/bin/python -m tests.load

# Random sequences of declarations, faults, kills and clock jumps; SEED repeats those of another run.
soak: .venv/tests
	.venv/bin/python -m tests.soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

# Writes the exact versions anew, for every Python that is supported.
lock:
	.venv/bin/pip install --quiet uv
	{ head -n 1 constraints.txt; sed '/^-c/d' sandbox/requirements.txt tests/requirements.txt \
	  | .venv/bin/uv pip compile --quiet --universal --upgrade --python-version 3.10 --no-annotate --no-header \
	    --no-emit-package pulumi-realtimekit provider/pyproject.toml - ; } > constraints.new
	mv constraints.new constraints.txt

.venv/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/program: .venv/python requirements.txt constraints.txt sandbox/requirements.txt provider/pyproject.toml
	.venv/bin/pip install --quiet -r requirements.txt -r sandbox/requirements.txt
	touch $@

.venv/tests: .venv/program tests/requirements.txt
	.venv/bin/pip install --quiet -r tests/requirements.txt
	touch $@
