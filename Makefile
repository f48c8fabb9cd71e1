# The menu: `make` lists it. Every target builds .venv from requirements.lock
# when it is missing or out of date; nothing but Python and make is needed.

.DEFAULT_GOAL := menu
SHELL := /bin/sh

BIN := .venv/bin
STAMP := .venv/.lock-installed
FOUND := $(shell for name in python3 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys, venv, ensurepip; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && { echo $$name; break; }; done)
PYTHON ?= $(FOUND)
HOME_FOLDER ?= $(or $(OPKOERS_HOME),demo)

.PHONY: menu demo test check format bench accuracy statistics rules serve schedule pictures reference killtest fuzz lock clean

menu: ## this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(STAMP) ## a synthetic service in ./demo: exports, checks, alerts, reports
	@$(BIN)/opkoers demo --home demo

test: $(STAMP) ## every test that can run here
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile

check: $(STAMP) ## lint, format, types, SQL and the rules of the house
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@OPKOERS_HOME=$$(mktemp -d) $(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar -q sql
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/test_house.py

format: $(STAMP) ## put Python in the form that check wants
	@$(BIN)/ruff check --fix -q .
	@$(BIN)/ruff format -q .

bench: $(STAMP) ## time and memory against a bare scan, against pandas and a bare load
	@$(BIN)/python -m tests.bench.loop
	@$(BIN)/python -m tests.bench.landing
	@$(BIN)/python -m tests.bench.scoring
	@$(BIN)/python -m tests.bench.mixed_models
	@$(BIN)/python -m tests.bench.course
	@$(BIN)/python -m tests.bench.therapists
	@$(BIN)/python -m tests.bench.pages
	@$(BIN)/python -m tests.bench.reports
	@$(BIN)/python -m tests.bench.indicators

accuracy: $(STAMP) ## signals held against the truth, predictions against what came of them; into README
	@$(BIN)/python -m tests.accuracy
	@$(BIN)/python -m tests.accuracy.therapists

statistics: $(STAMP) ## what flows/statistics promises, into its README (OPKOERS_REFERENCE, R)
	@$(BIN)/python -m tests.accuracy.promises

rules: $(STAMP) ## the page 'How Op koers decides' anew, from the tests of the rules
	@$(BIN)/python -m tests.rules

serve: $(STAMP) ## the pages of a home (OPKOERS_HOME, else ./demo)
	@$(BIN)/opkoers serve --home $(HOME_FOLDER)

schedule: $(STAMP) ## the flows on their crons, with Prefect's own page
	@$(BIN)/opkoers schedule --home $(HOME_FOLDER)

pictures: $(STAMP) ## the pictures of README, from a fresh demo
	@$(BIN)/python -m tests.pictures

reference: $(STAMP) ## what lands of real exports, into flows/landing/README.md (OPKOERS_REFERENCE)
	@$(BIN)/python -m tests.reference

killtest: $(STAMP) ## kill -9 at 50 random moments of a run, and at 100 of landing
	@$(BIN)/python -m tests.killing --kills 50
	@$(BIN)/python -m tests.killing --landing --kills 100

fuzz: $(STAMP) ## land 10,000 bad files of every format
	@$(BIN)/python -m tests.fuzzing --files 10000

lock: ## requirements.lock anew from pyproject.toml (needs uv)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-annotate --no-header --no-strip-extras \
		-q -o requirements.lock

clean: ## remove .venv and ./demo
	@rm -rf .venv demo

# --no-deps: the lock is complete, and older pips refuse extras in hash mode.
$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "Op koers needs Python 3.11, 3.12 or 3.13 with venv. Install one, or name it: make PYTHON=/path/to/python3.12"; \
		exit 1; }
	@echo "Building .venv from requirements.lock with $$($(PYTHON) --version) (a minute or two)"
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)
