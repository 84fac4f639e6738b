# Plumbline. `make` alone prints what there is. Every target does its own set-up; ARGS="..." reaches the command behind it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Compiled modules are kept whatever the surroundings say: the tests start some hundred processes of Python.
export PYTHONDONTWRITEBYTECODE :=

PYTHON_CODE := services shared tests proto/generate.py
PYTEST := pytest --durations=20 -m "not slow"
# Whole files go to two processes, each with servers of its own; much of a test's time is waiting for a fault to pass.
WORKERS ?= 2
IN_PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# The longest first, so that nothing long is left for the end.
TEST_ORDER := failure e2e integration browser telemetry conformance contract unit

# A test that needs the network is red: the kernel shuts the way out where it can, the guard in tests/offline names who tried.
OFFLINE := python tests/offline/launch.py

.PHONY: help setup demo test soak prove proto proto-check fmt lint types arch contracts docs ci setup-run setup-dev

help: ## print this list
	@awk -F ':.*## ' '/^[a-z%-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' Makefile

setup: setup-dev ## make the virtual environment with everything in it, and build the encoder
	@bash deploy/setup/test_parts.sh

setup-run:
	@bash deploy/setup/environment.sh run

setup-dev:
	@bash deploy/setup/environment.sh dev

demo: setup-run ## run the whole platform with a sample article (ARGS=--once: one round, then stop)
	@plumbline demo $(ARGS)

run-%: setup-run ## run one service, or all of them: make run-ingest, make run-all
	@plumbline run $* $(ARGS)

test: setup lint types arch contracts ## every check and every test, as CI runs them
	$(OFFLINE) $(PYTEST) $(IN_PARALLEL) $(wildcard $(addprefix tests/,$(TEST_ORDER))) $(ARGS)

test-%: setup-dev ## the tests of one part: make test-ingest, test-local, test-unit
	@folders="$(wildcard tests/$* tests/*/$*)"; \
	if [ -z "$$folders" ]; then echo "no folder tests/$* or tests/*/$*"; exit 2; fi; \
	$(PYTEST) $$folders $(ARGS)

soak: setup ## long runs under load and faults
	pytest -m slow --durations=20 --hypothesis-profile=other -o faulthandler_timeout=7200 $(ARGS)

prove: setup ## break each promise on purpose and demand that its test notices
	python -m tests.prove $(ARGS)

bench-%: setup-dev ## one measurement: make bench-matching ARGS="--json"
	@python -m tests.bench.$* $(ARGS)

proto: setup-dev ## generate the contract code under proto/gen
	python proto/generate.py

proto-check: setup-dev ## is proto/gen what the contracts generate?
	python proto/generate.py --check

contracts: proto-check ## contract rules: generated code, style, compatibility with the frozen baseline
	cd proto && buf lint
	cd proto && buf breaking --against baseline.binpb

fmt: setup-dev ## format the code and apply safe fixes
	ruff check --fix $(PYTHON_CODE)
	ruff format $(PYTHON_CODE)

lint: setup-dev ## style and likely mistakes
	ruff check $(PYTHON_CODE)
	ruff format --check $(PYTHON_CODE)

types: setup-dev ## types, strictly
	mypy --strict $(PYTHON_CODE)

arch: setup-dev ## who may import whom
	lint-imports --no-logo

docs: setup-dev ## write the generated pages (docs/asyncapi.yaml)
	plumbline docs $(ARGS)

ci: ## what CI runs, on a clean checkout, with nothing skipped
	@.ci/run
