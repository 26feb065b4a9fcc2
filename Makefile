# What a person types. `make demo` and `make test` need Python 3.11 or later, git and make, and set up all else by themselves;
# `make test-editors` needs node and npm too.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Images of containers often set it; without bytecode every run would compile all modules and tests again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-editors lint generate agree bench clean

demo: $(VENV)/demo
	$(BIN)/lbsh check examples/mail.lb
	@echo; echo "--- PF on FreeBSD ---"
	$(BIN)/lbsh emit --backend pf examples/mail.lb
	@echo; echo "--- nftables on Linux ---"
	$(BIN)/lbsh emit --backend nftables examples/mail.lb
	@echo; echo "--- The same site in a miniature, in network namespaces of this machine ---"
	@$(BIN)/lbsh lab examples/mail.lb examples/demo.lab || { [ $$? -eq 2 ] && echo "So the demonstration ends with the rules."; }

# How thorough the tests are (tests/profiles.py): `quick`, or `gate` as .ci/run asks for.
PROFILE ?= $(if $(CI),gate,quick)
test: $(VENV)/dev
	@sh tools/filter-programs install
	@status=0; sh tools/run-tests $(BIN)/python $(PROFILE) $(TESTS) || status=$$?; sh tools/filter-programs report; exit $$status

# Real editors with what editors/ has for them; sets up all that it needs, in build/.
test-editors: $(VENV)/dev
	@sh editors/test.sh
	@sh editors/vscode/test.sh

# Style, types, and whether all derived files are what `make generate` would write.
lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tools.generate --check

# Writes what is derived from code and grammar: the automaton, pages of codes, the manual page, tables in docs/, words in editors/.
generate: $(VENV)/dev
	$(BIN)/python -m tools.generate

# As many generated sites as N says, put to the tracer and to all packet filters; as root with real packets.
N ?= 1000
agree: $(VENV)/dev
	@sh tools/filter-programs install
	$(BIN)/python -m tests.agreement $(N)

bench: $(VENV)/bench
	@sh tools/filter-programs install
	@sh tools/peers install
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "lbsh needs Python 3.11 or later; name one with make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/dev: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ $(VENV)/demo

$(VENV)/bench: pyproject.toml $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,bench]'
	@touch $@ $(VENV)/demo
