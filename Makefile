# SPDX-License-Identifier: Apache-2.0
# Every target sets up what it needs first; a set-up with nothing to do takes a blink.
#   make PYTHON=python3.12 ...   chooses the Python of the virtual environment

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test lint bench docs clean

ifdef PYTHON
export PYTHON
endif

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

setup: ## system packages, virtual environment, ROS 2, colcon build
	@scripts/setup.sh

demo: setup ## a pick in the simulated cell; writes results/demo/
	@./pinch demo

test: setup ## lint, types and all tests
	@scripts/test.sh

lint: setup ## ruff: rules and format
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

bench: setup ## every benchmark, beside the run before; writes results/bench/
	@./pinch benchmark all

docs: setup ## API reference and messages as HTML; writes results/docs/
	@source scripts/env.sh && .venv/bin/python scripts/api_reference.py

clean: ## remove what is built and measured here, except .venv
	@rm -rf build install log results .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find src underlay test scripts -name __pycache__ -prune -exec rm -rf {} +
