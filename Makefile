# `make demo`: install into .venv and run the main job on a real video.
# `make test`: everything that must hold, in an environment made anew.
# Choose the Python with e.g. `make demo PYTHON=python3.12`. Where torch is not to be had for it, test all but
# training with `make test EXTRA=test`.

PYTHON ?= python3
EXTRA ?= dev
AUDITED ?= .venv
PIP_FLAGS := --quiet --disable-pip-version-check --no-compile

.PHONY: demo test audit clean python-is-new-enough

demo: .venv/installed
	.venv/bin/ganbodypose demo --out demo-output

test: python-is-new-enough
	rm -rf .venv-test
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/python -m pip install $(PIP_FLAGS) ".[$(EXTRA)]"
	.venv-test/bin/ruff check .
	.venv-test/bin/ruff format --check .
	.venv-test/bin/mypy
	.venv-test/bin/lint-imports
	.venv-test/bin/python -m pytest

# Known weaknesses of what is installed in AUDITED; asks the vulnerability service that pip-audit uses. Strict: a package
# of which the service cannot be asked is no package without weaknesses.
audit: $(AUDITED)/bin/python
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install $(PIP_FLAGS) pip-audit
	$(AUDITED)/bin/python -m pip freeze --exclude gan-bodypose > .venv-audit/packages.txt
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --timeout 10 --requirement .venv-audit/packages.txt

.venv/bin/python: .venv/installed

.venv/installed: pyproject.toml $(shell find src -type f -not -name '*.pyc') | python-is-new-enough
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install $(PIP_FLAGS) .
	touch $@

python-is-new-enough:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	{ echo "error: '$(PYTHON)' is not Python 3.10 or newer: name one with 'make PYTHON=python3.12 ...'." >&2; exit 1; }

clean:
	rm -rf .venv .venv-test .venv-audit demo-output build dist
