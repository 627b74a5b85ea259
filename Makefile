.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(if $(shell $(name) -c 'import sys; sys.version_info >= (3, 11) and print(1)' 2>/dev/null),$(name))))
BIN := .venv/bin
ROOMS := bench bot handlers lookout places prompts sandbox storage tiny vision voice web
LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-header --no-annotate --quiet

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run ## set up, then start the bot (without TELEGRAM_TOKEN: with a chat page on this machine)
	@$(BIN)/python -m bot run

test: .venv/dev ## set up, then run all tests, two at a time
	$(BIN)/python -m pytest -q -n 2 --dist worksteal

check: .venv/dev ## lint, format, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(ROOMS) tests
	$(BIN)/lint-imports

bench: .venv/dev ## measure, and print the tables of docs/benchmarks.md
	$(BIN)/python -m bench

train: .venv-train/ready ## train the tiny weights anew (some hours of one core; goes on where it was stopped)
	.venv-train/bin/python -m tiny train --resume

texts: .venv/dev ## bring the texts' catalogues up to date with the code
	$(BIN)/pybabel -q extract --keyword=N_ --keyword=html --keyword=phrases --no-location --sort-output \
		-o .venv/handlers.pot handlers
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width=100 -i .venv/handlers.pot -l zh_Hans -o handlers/locales/zh-hans.po

lock: ## resolve the packages anew (needs uv)
	uv pip compile requirements/build.in $(wordlist 5,99,$(LOCK)) -o requirements/build.lock --upgrade
	$(LOCK) --extra dev -o requirements/dev.lock --upgrade
	$(LOCK) -c requirements/dev.lock -o requirements/run.lock --upgrade

clean: ## remove what was set up; data/ stays
	rm -rf .venv .venv-train .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or name one with PYTHON=…"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is needed (Debian: apt install python3-venv)"; rm -rf .venv; exit 1; }

.venv/run: requirements/build.lock requirements/run.lock | .venv/bin/python
	@$(BIN)/python requirements/install.py $^
	@touch $@

.venv/dev: requirements/build.lock requirements/dev.lock | .venv/bin/python
	@$(BIN)/python requirements/install.py $^
	@touch $@

.venv-train/ready: pyproject.toml
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/python -m pip install gguf numpy pillow torch==2.13.0
	@touch $@

.PHONY: help run test check bench train texts lock clean
