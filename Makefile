# Tidewatch. `make` alone lists the targets.
.DEFAULT_GOAL := help
.SUFFIXES:
SHELL := /bin/sh

IS_311 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
PYTHON ?= $(shell for p in python3.11 python3 python; do $$p $(IS_311) && { echo $$p; break; }; done)
BIN := .venv/bin
STATIC := $(shell find static -type f -not -path 'static/vendor/*' -not -path 'static/dist/*' 2>/dev/null)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

# --- Using it ----------------------------------------------------------------------------------
.PHONY: setup
setup: .venv/.base build/static/.collected ## Make .venv, install packages, fetch and build the browser's assets

.PHONY: run
run: setup ## Start everything at http://localhost:8000; Ctrl-C stops it and keeps the data
	@exec $(BIN)/python manage.py serve

# --- Working on it -----------------------------------------------------------------------------
# All cores, each process with servers of its own. A file stays together: its tests share what is
# slow. What is timed after a kill runs alone, so that its seconds mean something.
define tests
$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder -m "not chaos"
$(BIN)/python -m pytest -m chaos
endef

.PHONY: test
test: setup .venv/.full dev-assets ## Run the whole test suite on servers of its own
	$(tests)

.PHONY: check
check: setup .venv/.full dev-assets ## Lint, types, layers, migrations and the whole test suite
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djade --check $$(git ls-files 'templates/*.html' '*/templates/*.html')
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(tests)

.PHONY: e2e
e2e: setup .venv/.full dev-assets ## Run the browser tests only; needs Chromium
	TIDEWATCH_E2E=required $(BIN)/python -m pytest -m e2e

.PHONY: screenshots
screenshots: .venv/.full ## Take pictures of pages: make screenshots ARGS="--email … --password-file … /help/"
	@$(BIN)/python -m tests.e2e.screenshots $(ARGS)

.PHONY: chaos
chaos: setup .venv/.full ## Kill processes under load and look for lost writes (long)
	TIDEWATCH_CHAOS=long $(BIN)/python -m pytest -m chaos

.PHONY: bench
bench: setup .venv/.full ## Measure ours against its peers: make bench NAME=tenancy, or all
	@$(BIN)/python -m tests.benchmarks $(NAME)

.PHONY: format
format: .venv/.full ## Format code and templates
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	$(BIN)/djade $$(git ls-files 'templates/*.html' '*/templates/*.html')

.PHONY: lock
lock: .venv/.full ## Resolve requirements*.in into exact pins
	$(BIN)/uv pip compile $(LOCK) --generate-hashes requirements-base.in --output-file requirements-base.txt
	$(BIN)/uv pip compile $(LOCK) --constraint requirements-base.txt requirements.in --output-file requirements.txt
	$(BIN)/uv pip compile $(LOCK) requirements-dev.in --output-file requirements-dev.txt
LOCK := --quiet --universal --python-version 3.11 --no-header --no-annotate

# --- Steps of setup, done again only when what they depend on changed ---------------------------
# Not bin/pip: its first line would go on naming the old folder after a move.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
fail = { echo "tidewatch: $(1)" >&2; exit 1; }

# The last file that making it writes: one that was interrupted is made again.
.venv/bin/pip:
	@$(or $(PYTHON),false) $(IS_311) || $(call fail,Python 3.11 was not found. Install it or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11)
	@echo "[1/4] Making the virtual environment .venv"
	@$(PYTHON) -m venv .venv || $(call fail,The virtual environment could not be made; the lines above say why. On Debian and Ubuntu the package python3.11-venv helps.)

.venv/.base: requirements-base.txt | .venv/bin/pip
	@echo "[2/4] Installing packages (about 100 MB; a minute or two)"
	@$(PIP) --require-hashes -r requirements-base.txt || $(call fail,The packages could not be installed; the lines above say why.)
	@touch $@

static/vendor/.fetched: package-lock.json package.json config/assets.py $(wildcard static/css/*.css static/marks/*.svg) | .venv/.base
	@echo "[3/4] Fetching the browser's assets"
	@$(BIN)/python -m config.assets
	@touch $@

.PHONY: dev-assets
dev-assets: | static/vendor/.fetched
	@$(BIN)/python -m config.assets --dev

build/static/.collected: static/vendor/.fetched $(STATIC)
	@echo "[4/4] Compressing the assets"
	@$(BIN)/python manage.py collectstatic --noinput --clear --verbosity 0
	@touch $@

.venv/.full: requirements.txt requirements-dev.txt | .venv/.base
	@echo "Installing the complete set and the development tools (torch is large)"
	@$(PIP) -r requirements.txt -r requirements-dev.txt || $(call fail,The packages could not be installed; the lines above say why.)
	@touch $@
