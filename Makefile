# Two commands do everything: `make run` opens the room with the demo show, `make test` checks the project.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PY := .venv/bin/python
PORT ?= 8501

.PHONY: run test check install install-dev browser clean

run: install ## open the room at http://127.0.0.1:8501 and play the demo show
	WARROOM_DEMO_AUTOPLAY=on $(PY) -m dashboard --port $(PORT)

# Two processes share the cores already: threads of BLAS beneath them would wait for each other (a fit took ten times as long).
test: export OMP_NUM_THREADS = 1
test: check ## format, lint, types, imports, then every test
	$(PY) -m pytest -n 2 --dist worksteal

check: install-dev browser
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports

install: .venv/run.stamp
install-dev: .venv/dev.stamp

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11) and "Python 3.11 is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/bin/python requirements.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# The browser tests drive Debian's Chromium. As root on Debian it is installed here; elsewhere install it yourself,
# or those tests are skipped and say so.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk >/dev/null; } \
	  || echo "No chromium here and no way to install it: the browser tests will be skipped."

clean: ## remove the virtual environment and the demo database
	rm -rf .venv data/warroom.duckdb data/warroom.duckdb.wal
