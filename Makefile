# make demo    hear the program work, with the light runtime alone
# make test    the fast suite
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# A comma in a call would begin its next argument.
ALL    := -e '.[train,cluster,dev]'
SPEED  ?= 4
SEED   ?= 0
DATA   ?= $(or $(GENRED_DATA),../shared/data)
SECONDS ?= 300
TARGETS ?= $(shell $(BIN)/python tests/fuzz/run.py --list)
FILE   ?= examples/demo/genred-demo.ogg
ARCH   ?= amd64

.PHONY: setup demo models test test-slow test-again test-all fuzz lint format schema bench man deb deb-lock clean
.DELETE_ON_ERROR:

define check
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo 'genred: needs Python 3.11 or newer; give one: make PYTHON=python3.12' >&2; exit 1; }
endef

# uv where it is there and reaches its registry, else Python's own venv and pip.
define install
	@if command -v uv >/dev/null 2>&1 && uv venv -q --allow-existing --python $(PYTHON) $(VENV) \
	    && uv pip install -q --python $(BIN)/python $(1); then true; \
	elif $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	    $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install -q --disable-pip-version-check $(1); \
	else \
	    echo 'genred: Python lacks venv; install it: apt-get install python3-venv' >&2; exit 1; \
	fi
endef

setup: $(VENV)/.setup
$(VENV)/.setup: pyproject.toml
	$(check)
	$(call install,$(ALL))
	@touch $@ $(VENV)/.light

$(VENV)/.light: pyproject.toml
	$(check)
	$(call install,-e .)
	@touch $@

demo: $(VENV)/.light
	@$(BIN)/python examples/demo/show.py --speed $(SPEED) "$(FILE)"

# A process a core; tests of one file share what they set up.
test: setup
	$(BIN)/python -m pytest -n logical --dist loadfile

test-slow: setup
	$(BIN)/python -m pytest -m 'slow and not long'

# What failed the last time, alone, and only where that were few: a busy machine can starve a
# real sound server, but three at once are a fault. What passes now is flaky, and said to be.
test-again: setup
	@$(BIN)/python tests/again.py
	$(BIN)/python -m pytest -m 'slow and not long' --last-failed --last-failed-no-failures none

test-all: setup
	$(BIN)/python -m pytest -m ''

# Bytes that nobody meant, for SECONDS a target: what breaks one is kept in tests/fuzz/corpus.
fuzz: setup
	@for target in $(TARGETS); do \
	    echo "$$target, $(SECONDS) s"; \
	    $(BIN)/python tests/fuzz/run.py $$target --seconds $(SECONDS) 2>fuzz.log \
	        || { tail -n 30 fuzz.log >&2; exit 1; }; \
	done; rm -f fuzz.log

# The shipped models from DATA: some two hours of one core; goes on where it was stopped.
models: setup
	$(BIN)/python examples/recipes/make_models.py --data $(DATA) --seed $(SEED) --jobs 2

lint: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: setup
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: setup
	$(BIN)/genred schema > docs/events.schema.json
	$(BIN)/genred config docs > docs/config.md
	$(BIN)/genred schema --control > docs/control.schema.json

bench: setup
	$(BIN)/python benchmarks/run.py

.PHONY: man deb deb-lock
man: $(VENV)/.light
	$(BIN)/python packaging/man_pages.py build/man

# For Debian 12 (`make deb ARCH=arm64` for a Raspberry Pi), from any machine with Python 3.11.
deb: $(VENV)/.light
	$(BIN)/python packaging/debian_package.py --arch $(ARCH) --out dist

# What the package brings of Python's packages, at its newest.
deb-lock: $(VENV)/.light
	$(BIN)/python packaging/debian_package.py --lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
