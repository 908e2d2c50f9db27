# Every target makes the environment it needs. `make` alone lists them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
UV     := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help book notebooks pdf site serve test lint types unit colab homework gradescope bench lock newest links clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

PYTEST := $(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder
BUILD := $(BIN)/jupyter-book build . --all -W -n --keep-going

book: notebooks  ## Build the book into _build/html, every cell run
	$(BUILD)
	@echo
	@echo "Open _build/html/index.html, or run 'make serve'."

notebooks: $(READY)  ## Write every page with code as a notebook into _build/notebooks
	rm -rf _build/notebooks
	$(BUILD) --builder custom --custom-builder notebooks

pdf: $(READY)  ## Print the whole book into _build/pdf (needs Chromium)
	$(BUILD) --builder singlehtml

site: pdf book  ## Gather what is published in _build/site: pages, notebooks, PDF
	rm -rf _build/site
	cp -r _build/html _build/site
	rm -f _build/site/.buildinfo

serve: $(READY)  ## Serve the built book on localhost:8000
	@test -f _build/html/index.html || $(MAKE) book
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

test: lint types  ## Lint, type check, unit tests, and the book as an integration test
	$(PYTEST) --durations 20

lint: $(READY)  ## Ruff, over code and pages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)  ## Type check
	$(BIN)/mypy

unit: $(READY)  ## The tests that need no built book
	$(PYTEST) -m "not book"

colab: export GITHUB_REPOSITORY ?= example/weight-decay
colab: notebooks  ## Run every notebook in an environment like Colab's (needs Python 3.13)
	$(BIN)/python tests/colab.py

homework: $(READY)  ## Write the students' notebooks and their solutions into _build/homework
	$(BIN)/python -m wdlesson.homework build

gradescope: $(READY)  ## Write the autograder for Gradescope into _build/homework
	$(BIN)/python -m wdlesson.homework gradescope

bench: $(READY)  ## Measure speed as ratios against peers (minutes)
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/explorers.py _build/html
	$(BIN)/python benchmarks/homework.py

LOCK := uv pip compile pyproject.toml --group book --group test --universal --python-version 3.11 \
	--generate-hashes --no-header --quiet --output-file requirements.lock

lock: $(READY)  ## Compile requirements.lock anew from pyproject.toml
	$(BIN)/$(LOCK)

newest: $(READY)  ## Lock the newest releases of everything, torch included
	sed -i '/^constraint-dependencies/d' pyproject.toml
	$(BIN)/$(LOCK) --upgrade

links: $(READY)  ## Check the links to other sites (needs the internet)
	$(BUILD) --builder linkcheck

clean:  ## Remove what was built (the environment stays)
	rm -rf _build
