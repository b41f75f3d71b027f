# `make demo`: install into .venv and run the main job on a real video.
# `make test`: everything that must hold, in an environment made anew.
# Choose the Python with e.g. `make demo PYTHON=python3.12`. Where torch is not to be had for it, test all but
# training with `make test EXTRA=test`.

PYTHON ?= python3
EXTRA ?= dev
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

# Known weaknesses of what this package needs; asks the vulnerability service that pip-audit uses.
audit: .venv/installed
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/python -m pip install $(PIP_FLAGS) pip-audit
	.venv-audit/bin/pip-audit --path "$$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" --skip-editable

.venv/installed: pyproject.toml $(shell find src -type f -not -name '*.pyc') | python-is-new-enough
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install $(PIP_FLAGS) .
	touch $@

python-is-new-enough:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	{ echo "error: '$(PYTHON)' is not Python 3.10 or newer: name one with 'make PYTHON=python3.12 ...'." >&2; exit 1; }

clean:
	rm -rf .venv .venv-test .venv-audit demo-output build dist
