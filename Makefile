# Every target sets up all it needs in .venv; nothing is installed globally but, for the
# browser test on Debian, the system's own browser where none is found.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# What the demonstration shows beyond the core: PDF, workbook, page. A name, since call splits at commas.
EXTRAS := pages,tables,serve
# uv where it is there and knows the packages, else pip; both install the versions all tests were run with.
UV := $(shell command -v uv 2>/dev/null)
define install
	$(if $(UV),$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt $(1) ||) \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt $(1)
endef

.PHONY: dyads web attack attack-short fuzz bench-serve demo test lint types golden bench bench-displacement docs-tables world pictures quick docs lock mutation wheel clean

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Forestall needs Python 3.11 or newer; set PYTHON=python3.12, for example")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: $(BIN)/python pyproject.toml constraints.txt
	$(call install,--editable '.[$(EXTRAS)]')
	@touch $@

$(VENV)/.test: $(VENV)/.demo
	$(call install,--editable '.[test]')
	@touch $@

$(VENV)/.browser: $(VENV)/.test
	$(BIN)/python tests/browser/find_browser.py --install
	@touch $@

PAGE := src/forestall/serving/static/index.html
$(PAGE): $(VENV)/.demo tools/page/build.py web/index.html web/package-lock.json $(wildcard web/src/*)
	$(BIN)/python tools/page/build.py

web: $(PAGE)

demo: $(VENV)/.demo
	-$(MAKE) --no-print-directory web
	$(BIN)/forestall demo --out demo
	@echo "To look at it as a page: $(BIN)/forestall serve karabakh-2023 --runs demo"

test: $(VENV)/.browser web
	$(BIN)/ruff check .
	$(BIN)/mypy
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2

quick: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -q -m quick

wheel: $(VENV)/.test web
	.ci/wheel

lock: $(VENV)/.test
	$(call install,--editable '.[docs]')
	$(BIN)/python .ci/lock.py

docs: $(VENV)/.test
	$(call install,--editable '.[docs]')
	$(BIN)/mkdocs build --strict

mutation: $(VENV)/.test
	$(call install,--editable '.[mutation]')
	$(BIN)/mutmut run --max-children 2 '*__mutmut_*7'
	$(BIN)/mutmut results

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

attack: $(VENV)/.test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/attack/attack.py --write

attack-short: $(VENV)/.test
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/attack/attack.py --short

fuzz: $(VENV)/.test
	$(call install,--editable '.[fuzz]')
	OPENBLAS_NUM_THREADS=1 $(BIN)/python tests/attack/fuzz.py

golden: $(VENV)/.test
	$(BIN)/python tests/golden/rewrite.py

bench-serve: $(VENV)/.test web
	test -d demo || $(MAKE) --no-print-directory demo
	$(BIN)/python bench/serve.py --runs demo

bench: $(VENV)/.test
	$(BIN)/python bench/chain.py

bench-displacement: $(VENV)/.test
	$(BIN)/python bench/displacement.py
	$(BIN)/python bench/displacement_rules.py

docs-tables: $(VENV)/.test
	$(BIN)/python -m forestall.schema.docs
	$(BIN)/python -m forestall.checks.docs
	$(BIN)/python -m forestall.options.docs
	$(BIN)/python -m forestall.cli.docs

dyads: $(VENV)/.test
	$(BIN)/python tools/make_dyads.py ../shared/data

world: $(VENV)/.test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[world]'
	$(BIN)/python tools/world/make.py

pictures: $(VENV)/.browser
	$(BIN)/python docs/make_pictures.py

clean:
	rm -rf $(VENV) build dist demo
