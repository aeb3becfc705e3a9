# `make report` and `make test` need nothing but git, make and Python >= 3.11 with venv.
PYTHON ?= python3
VENV ?= .venv
LAB_VENV ?= .venv-lab
OUT ?= reports
PROGRAMME ?= data/sample

export UV_PYTHON_DOWNLOADS = never
export UV_NO_PROGRESS = 1
# as pip does: behind an office proxy only the machine's own certificates are trusted
export UV_SYSTEM_CERTS ?= true
# empty is off: what the first process compiles is kept, so that no other one compiles it anew
export PYTHONDONTWRITEBYTECODE =
BIN = $(VENV)/bin
UV = $(BIN)/python -m uv pip install --quiet -c constraints.txt
SOURCES = pyproject.toml constraints.txt

.PHONY: report test check lab benchmark sample pictures clean help

help: ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

report: $(VENV)/.report ## build every report of the sample programme into reports/
	$(BIN)/rotation-analysis report $(PROGRAMME) --out $(OUT)

test: $(VENV)/.test ## all tests: unit, documentation, notebooks by nbval and by papermill
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --nbval-lax --nbval-current-env tests rotation_analysis notebooks

# `make check test` runs every test once: the fast ones are among those of `test`
check: $(VENV)/.test ## before a commit: format, lint, types, layers, fast tests
	$(BIN)/ruff format --check rotation_analysis data tests benchmarks docs
	$(BIN)/ruff check rotation_analysis data tests benchmarks docs
	@# while one core checks types, the other compiles what the tests import: once, and not in each process
	$(BIN)/mypy & types=$$!; $(BIN)/python -m pytest --collect-only -qq tests >/dev/null; wait $$types
	$(BIN)/lint-imports --no-cache
	$(if $(filter test,$(MAKECMDGOALS)),,$(BIN)/python -m pytest -n 2 -m "not slow" tests rotation_analysis)

lab: $(LAB_VENV)/.lab ## JupyterLab on the tutorial and the notebooks, in an environment of its own
	$(LAB_VENV)/bin/jupyter lab notebooks/tutorial.ipynb

benchmark: $(VENV)/.test ## run the benchmarks and rewrite the tables in docs/
	$(BIN)/python benchmarks/write_tables.py

sample: $(VENV)/.test ## make the sample programme's files anew: the same bytes each time
	$(BIN)/python data/make_sample.py
	$(BIN)/python data/make_sample.py --tiny

pictures: $(VENV)/.test ## pictures for the READMEs, taken anew of a build of the sample (needs Chromium)
	$(BIN)/rotation-analysis report $(PROGRAMME) --out $(OUT)
	$(BIN)/python docs/take_pictures.py $(OUT)

clean: ## remove environments and reports
	rm -rf $(VENV) $(LAB_VENV) $(OUT)

$(VENV)/.uv: $(SOURCES)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python >= 3.11 is needed; $(PYTHON) is older. Try: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	@touch $@

$(VENV)/.report: $(VENV)/.uv
	$(UV) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.uv
	$(UV) -e '.[test]'
	@touch $@ $(VENV)/.report

$(LAB_VENV)/.lab: $(SOURCES)
	test -x $(LAB_VENV)/bin/python || $(PYTHON) -m venv $(LAB_VENV)
	$(LAB_VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt uv
	$(LAB_VENV)/bin/python -m uv pip install --quiet -c constraints.txt -e '.[lab]'
	@touch $@
