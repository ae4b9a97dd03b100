# Every command of the project. Each sets up what it needs first, so each works in a fresh clone.

python := .venv/bin/python
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
pytest := $(python) -m pytest -n $(JOBS) --dist loadfile

# These would show .venv's Python the modules of another.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
# Without stored bytecode each of the many processes would compile its imports anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help book test test-long lab chapters exercises bench lock report links release clean environment

help:  ## this list
	@echo "make <target>, where <target> is one of"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1	\2/p' Makefile | expand -t 14

book: environment  ## build the book, warnings as errors (SOLUTIONS=no: without solutions)
	$(python) tools/book.py

test: book  ## build the book, then test it, the library and every chapter, on all cores (JOBS=2: on two)
	$(pytest)

test-long: book  ## all of that and the tests marked slow (an hour)
	$(pytest) -m ""

lab: environment  ## open the chapters in JupyterLab
	$(python) -m jupyterlab chapters

chapters: environment  ## execute the changed chapters anew, in place
	$(python) tools/chapters.py

exercises: environment  ## execute the changed solutions anew, and derive the exercises from them
	$(python) tools/exercises.py
	GMIXLIB_PROGRESS=_build/progress.json PYTHONPATH=tests $(python) tools/feedback.py

# In an environment beside the locked one, which stays as it is: the same versions and the peers.
bench: environment  ## measure speed and memory beside other libraries (half an hour)
	sh tools/uv.sh venv --quiet --no-project --allow-existing --python $(python) .venv/bench
	sh tools/uv.sh pip install --quiet --python .venv/bench/bin/python \
	  --requirements requirements.txt --requirements pyproject.toml --extra bench
	.venv/bench/bin/python -m tools.benchmarks

# Written aside and moved, so that a failed resolution leaves the lock as it was.
lock: environment  ## resolve the newest versions that pyproject.toml and tools/web admit
	sh tools/uv.sh pip compile pyproject.toml --group book --group lab --group test --quiet --upgrade --universal \
	  --python-version "$$(cat .python-version)" --custom-compile-command "make lock" --output-file requirements.new
	printf '%s\n' '-e .' >> requirements.new
	mv requirements.new requirements.txt
	PATH="$$PWD/.venv/bin:$$PATH" npm update --prefix tools/web --package-lock-only --silent

# What --include=dev adds is Lighthouse.
report: book  ## try the site, Binder and JupyterLab as readers do: reports/report.md (an hour)
	PATH="$$PWD/.venv/bin:$$PATH" npm ci --prefix tools/web --include=dev --silent
	PYTHONPATH=tests $(python) tools/report.py

links: environment  ## check the book's links to other sites, and those of the README
	$(python) tools/links.py

release: environment  ## commit and tag a release: make release VERSION=0.2.0
	$(python) tools/release.py

clean:  ## remove the built book, the caches and the environment
	rm -rf _build .pytest_cache .ruff_cache .hypothesis .jupyter_cache .venv .uv tools/web/node_modules *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +

environment:
	@sh tools/environment.sh
