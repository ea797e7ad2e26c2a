# make demo   the whole path in one command: a recorded run, over real HTTP, as text
# make test   everything that CI runs but the linters; needs Python 3.11+ with venv, a Rust toolchain
# make lint   formatters, type checkers, the word list and the order of imports; nothing is changed
# make fix    what the formatters can mend
# make bench  figures, beside the peers: five minutes; never part of the tests (bench-core: the core alone)
# make bench-instructions   counts the core's instructions with valgrind, and fails if a count rose by more than 3 %
# make test-urllib3   the tests of the transport again, with the oldest urllib3 that is supported
# make soak   every cut of recorded streams over HTTP, and minutes of threads that end each other's streams
# make bench-batch   a thousand streams, kills, memory of a large file: a quarter of an hour
# make test-servers   real servers, in their own environments: slow, needs the registries

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BENCH ?= .venv-bench
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml

# Two workers per two cores: most tests wait for servers of their own.
PARALLEL := -n auto --dist worksteal
TRANSPORT := $(addprefix tests/python/test_,faults.py pool.py cancel.py clocks.py retries.py sources.py urllib3.py)

.PHONY: demo test test-rust test-python test-pythons test-nginx test-urllib3 test-servers soak lint fix bench bench-core bench-instructions bench-batch clean
.DELETE_ON_ERROR:

demo: $(VENV)/built
	$(BIN)/ssescan demo

test: test-rust test-python

test-rust:
	cargo test --quiet --locked

test-python: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest $(PARALLEL)

test-pythons:
	tools/test_pythons.sh

test-nginx: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest tests/servers

test-urllib3: $(VENV)/built $(VENV)/test $(VENV)/oldest/urllib3
	PYTHONPATH=$(VENV)/oldest $(BIN)/python -c 'import urllib3; print("urllib3", urllib3.__version__)'
	PYTHONPATH=$(VENV)/oldest $(BIN)/python -m pytest $(PARALLEL) $(TRANSPORT)

soak: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest -m soak

test-servers: test-nginx
	PYTHON=$(PYTHON) tests/servers/langchain_bridge.sh

lint: $(VENV)/built $(VENV)/test $(VENV)/lint
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/check_words.py
	$(BIN)/python tools/check_imports.py
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/python -m pytest --no-skips tests/python/test_typing.py tests/python/test_stub.py tests/python/test_check_imports.py

fix: $(VENV)/lint
	cargo fmt --all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(BENCH)/built
	$(BENCH)/bin/python benches/run.py

bench-batch: $(BENCH)/built
	$(BENCH)/bin/python benches/batch_load.py
	$(BENCH)/bin/python benches/batch_kills.py
	$(BENCH)/bin/python benches/batch_memory.py --left 2000

bench-core:
	cargo bench --locked -p ssescan-core --bench core
	$(PYTHON) benches/instructions.py

bench-instructions:
	$(PYTHON) benches/instructions.py

clean:
	rm -rf $(VENV) $(BENCH) target

$(VENV)/venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

$(VENV)/built: $(VENV)/venv $(RUST)
	$(BIN)/python -m pip install --quiet --group build
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked --quiet
	touch $@

$(VENV)/test: $(VENV)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --group test
	touch $@

# As low as pyproject.toml allows; found before the venv's own, which is the newest.
$(VENV)/oldest/urllib3: $(VENV)/venv pyproject.toml
	rm -rf $(VENV)/oldest
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/oldest \
	  'urllib3=='$$(sed -nE 's/.*"urllib3>=([0-9.]+),.*/\1/p' pyproject.toml)
	touch $@

$(VENV)/lint: $(VENV)/venv pyproject.toml
	$(BIN)/python -m pip install --quiet --group lint
	touch $@

$(BENCH)/peers: benches/requirements.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BENCH)/bin/python -m pip install --quiet -r benches/requirements.txt
	touch $@

$(BENCH)/built: $(BENCH)/peers $(RUST) $(shell find python -name '*.py')
	$(BENCH)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	touch $@
