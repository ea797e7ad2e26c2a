# make demo          streams a recorded answer over HTTP and prints it
# make test          the Rust tests and the Python tests; needs Python 3.11+ with venv, and a Rust toolchain
# make test-fast     the Python tests that take no time: under a minute
# make test-pythons  the Python tests again with 3.12, 3.13 and 3.14, those that are found
# make test-nginx    recorded streams and faults through nginx, and the checks of the SSE contract tests
# make test-urllib3  the tests of the transport again, with the oldest supported urllib3
# make lint          formatters, type checkers, the stub, the word list and the order of imports; changes nothing
# make docs          builds the site of the docs in site/, and checks its links
# make fix           lets the formatters correct what they can
# make types         writes openai/types and openai/resources from the installed openai package
# make soak          truncation at every byte and damaged answers over HTTP, and minutes of threads that end streams
# make wheels        builds dist/: the sdist, and wheels for three kinds of Linux; needs rustup
# make test-wheel    installs dist/ into new environments without cargo, and uses it
# make lock          writes requirements.lock: the versions of the packages that all targets install
# make release-check   what a release does before it publishes: builds, checks, installs, prints the notes
# make fuzz          each fuzz target for a minute (FUZZ_S=60); needs a nightly compiler and cargo-fuzz
# make bench         all clients, and Rust crates beside the core, in one run: ten minutes
# make bench-core    timings of the core and the count of its instructions
# make bench-instructions   the count alone, with valgrind; fails if one rose by more than 3 %
# make profile       writes target/profile/core.profdata, which wheels are built with; needs rustup
# make bench-batch   a thousand streams, kills, and the memory of a large file: a quarter of an hour
# make test-programs   programs of others, each with openai and with ours: slow, needs the registries
# make test-servers   real servers, and LaunchDarkly's SSE contract tests: slow, needs the registries, Node and Go
#
# .ci/run runs: test, lint, docs, test-pythons, test-nginx, test-urllib3, bench-instructions

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BENCH ?= .venv-bench
RELEASE ?= .venv-release
DOCS ?= .venv-docs
# The versions that are installed. With `LOCK=` the newest ones are.
LOCK ?= requirements.lock
LOCKED := $(if $(LOCK),PIP_CONSTRAINT=$(abspath $(LOCK)))
# The profile of the core's usual work. Wheels and benches are built with it.
PROFILE := target/profile/core.profdata
PROFILED := -Cprofile-use=$(abspath $(PROFILE))
RUST := $(shell find rust -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock pyproject.toml

# Many tests start processes. Without cached bytecode each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

# Some more workers than cores, since many tests wait.
PARALLEL := -n $(shell expr $$(nproc 2>/dev/null || echo 2) + 2) --dist worksteal
FAST := $(addprefix tests/python/test_,$(addsuffix .py,parser scanner readers channels errors sources models types streams \
  dialects_json endpoints client testing secrets urls weight urllib3 fixtures_files instructions check_words check_imports))
TRANSPORT := $(addprefix tests/python/test_,faults.py pool.py cancel.py clocks.py retries.py sources.py urllib3.py urls.py)

# The fuzz targets, and the options and seeds of each.
FUZZ := framing session text bodies declarations
FUZZ_S ?= 60
fuzz-framing fuzz-session: SEEDS = tests/streams -- -dict=fuzz/stream.dict
fuzz-text: SEEDS = fuzz/seeds/text -- -dict=fuzz/text.dict
fuzz-bodies: SEEDS = fuzz/seeds/bodies -- -dict=fuzz/body.dict
fuzz-declarations: SEEDS = tests/streams/shapes -- -len_control=0

.PHONY: demo help test test-rust test-fast test-python test-pythons test-nginx test-urllib3 test-servers test-programs soak lint docs fix types bench bench-core bench-instructions bench-batch profile lock fuzz $(addprefix fuzz-,$(FUZZ)) wheels test-wheel release-check clean
.DELETE_ON_ERROR:

demo: $(VENV)/built
	$(BIN)/ssescan demo

# Prints the list at the top of this file.
help:
	@sed -n '/^#/!q; s/^#\( \|$$\)//p' Makefile

test: test-rust test-python

test-rust:
	cargo test --quiet --locked

test-fast: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest $(PARALLEL) $(FAST)

# With `SELECT`, the tests of this expression of marks alone.
test-python: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest $(PARALLEL) $(if $(SELECT),-m '$(SELECT)')

test-pythons:
	tools/test_pythons.sh

test-nginx: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest tests/servers

test-urllib3: $(VENV)/built $(VENV)/test $(VENV)/oldest/urllib3
	PYTHONPATH=$(VENV)/oldest $(BIN)/python -c 'import urllib3; print("urllib3", urllib3.__version__)'
	PYTHONPATH=$(VENV)/oldest $(BIN)/python -m pytest $(PARALLEL) $(TRANSPORT)

soak: $(VENV)/built $(VENV)/test
	$(BIN)/python -m pytest -m soak

fuzz: $(addprefix fuzz-,$(FUZZ))

$(addprefix fuzz-,$(FUZZ)): fuzz-%:
	mkdir -p fuzz/corpus/$*
	cargo +nightly fuzz run $* fuzz/corpus/$* $(SEEDS) -max_total_time=$(FUZZ_S) -max_len=4096

test-servers: test-nginx
	PYTHON=$(PYTHON) tests/servers/langchain_bridge.sh
	VENV=$(VENV) tests/servers/web.sh
	VENV=$(VENV) tests/servers/aimock.sh
	VENV=$(VENV) tests/servers/sse_contract.sh

test-programs: $(VENV)/built
	$(BIN)/python tests/programs/run.py

lint: $(VENV)/built $(VENV)/test $(VENV)/lint
	cargo fmt --all --check
	cargo clippy --quiet --locked --workspace --all-targets -- -D warnings
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/check_words.py
	$(BIN)/python tools/check_imports.py
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/zizmor --offline --quiet .github/workflows
	$(BIN)/python -m pytest --no-skips -m lint $(addprefix tests/python/test_,typing.py stub.py check_imports.py types.py surface.py)

docs: $(DOCS)/docs
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet

types: $(VENV)/built $(VENV)/test $(VENV)/lint
	$(BIN)/python tools/openai_types.py
	$(BIN)/python tools/openai_resources.py
	$(BIN)/python tools/openai_async.py
	$(BIN)/python tools/openai_with_response.py

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

profile: $(PROFILE)

$(PROFILE): $(VENV)/built benches/train.py
	PYTHON=$(abspath $(BIN)/python) tools/profile.sh

wheels: $(RELEASE)/tools $(PROFILE)
	RUSTFLAGS=$(PROFILED) tools/wheels.sh $(abspath $(RELEASE)/bin)

test-wheel:
	tools/test_wheels.sh dist

lock: $(RELEASE)/tools
	$(RELEASE)/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate \
	  --custom-compile-command 'make lock' $(addprefix --group ,build test lint docs release) -o requirements.lock

release-check: wheels
	tools/test_wheels.sh dist
	$(PYTHON) tools/release_notes.py

clean:
	rm -rf $(VENV) $(BENCH) $(RELEASE) $(DOCS) .venv-programs target dist site

$(VENV)/venv:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

$(VENV)/built: $(VENV)/venv $(RUST)
	$(LOCKED) $(BIN)/python -m pip install --quiet --group build
	$(LOCKED) VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked --quiet
	touch $@

$(VENV)/test: $(VENV)/venv pyproject.toml $(LOCK)
	$(LOCKED) $(BIN)/python -m pip install --quiet --group test
	touch $@

# As low as pyproject.toml allows; found before the venv's own, which is the newest.
$(VENV)/oldest/urllib3: $(VENV)/venv pyproject.toml
	rm -rf $(VENV)/oldest
	$(BIN)/python -m pip install --quiet --no-deps --target $(VENV)/oldest \
	  'urllib3=='$$(sed -nE 's/.*"urllib3>=([0-9.]+),.*/\1/p' pyproject.toml)
	touch $@

$(VENV)/lint: $(VENV)/venv pyproject.toml $(LOCK)
	$(LOCKED) $(BIN)/python -m pip install --quiet --group lint
	touch $@

$(DOCS)/docs: pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(LOCKED) $(DOCS)/bin/python -m pip install --quiet --group docs
	touch $@

$(RELEASE)/tools: pyproject.toml $(LOCK)
	$(PYTHON) -m venv $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(LOCKED) $(RELEASE)/bin/python -m pip install --quiet --group release
	touch $@

$(BENCH)/peers: benches/requirements.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BENCH)/bin/python -m pip install --quiet -r benches/requirements.txt
	touch $@

$(BENCH)/built: $(BENCH)/peers $(PROFILE) $(RUST) $(shell find python -name '*.py')
	RUSTFLAGS=$(PROFILED) $(BENCH)/bin/python -m pip install --quiet --no-deps --force-reinstall .
	touch $@
