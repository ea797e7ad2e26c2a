# make demo   the whole path in one command: a recorded run, over real HTTP, as text
# make test   everything that CI runs but the linters; needs Python 3.10+ with venv, a Rust toolchain
# make lint   formatters and type checkers, nothing is changed
# make fix    what the formatters can mend
# make bench  figures; never part of the tests
# make test-servers   real servers, in their own environments: slow, needs the registries

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml

.PHONY: demo test test-rust test-python test-nginx test-servers lint fix bench clean
.DELETE_ON_ERROR:

demo: $(VENV)/built
	$(BIN)/ssescan demo

test: test-rust test-python

test-rust:
	cargo test --quiet --locked

test-python: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest

test-nginx: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest tests/servers/test_nginx.py

test-servers: test-nginx
	PYTHON=$(PYTHON) tests/servers/langchain_bridge.sh

lint: $(VENV)/built $(VENV)/test $(VENV)/lint
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

fix: $(VENV)/lint
	cargo fmt --all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/built $(VENV)/test
	$(BIN)/python benches/run.py

clean:
	rm -rf $(VENV) target

$(VENV)/venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

$(VENV)/built: $(VENV)/venv $(RUST)
	$(BIN)/python -m pip install --quiet --group build
	$(BIN)/maturin develop --release --locked --quiet
	touch $@

$(VENV)/test: $(VENV)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --group test
	touch $@

$(VENV)/lint: $(VENV)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
