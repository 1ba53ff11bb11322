# SPDX-License-Identifier: Apache-2.0
# Every target runs the set-up first, which ends at once where nothing is left to do.
#   make PYTHON=python3.12 ...   chooses the Python of the virtual environment

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench docs clean

ifdef PYTHON
export PYTHON
endif

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## install what is missing and build the workspace
	@scripts/setup.sh

demo: setup ## one pick in the simulated cell; writes results/demo/
	@./pinch demo

test: setup ## lint and all tests
	@scripts/test.sh

lint: setup ## only rules and format (ruff) and types (mypy)
	@scripts/test.sh --lint

bench: setup ## all benchmarks, compared with the last run; writes results/bench/
	@./pinch benchmark all

docs: setup ## API and message reference as HTML; writes results/docs/
	@source scripts/env.sh && .venv/bin/python scripts/api_reference.py

clean: ## remove builds, logs, results and caches; .venv stays
	@rm -rf build install log results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src underlay test scripts -name __pycache__ -prune -exec rm -rf {} +
