# Every command of the project. uv first makes .venv what uv.lock says, so each works in a fresh clone.

# uv from PATH, or installed into .uv by the Python that there is (3.9 or newer).
uv := $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
run := $(uv) run --no-sync
JOBS ?= $(shell nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)
pytest := $(run) pytest -n $(JOBS) --dist loadfile
# The tests of the book in a browser, its PDF, its copies of the notebooks, Binder and JupyterLab; all others; and those that
# `make check` has time for.
site := $(wildcard tests/test_site*.py tests/explorables/test_explorables.py tests/test_pdf.py tests/test_binder.py tests/test_copies.py tests/test_jupyterlab.py)
others := $(filter-out $(site),$(wildcard tests/test_*.py tests/*/test_*.py))
fast := before_you_start claims data density evidence exercise_checks exercise_feedback exercises gibbs hermite notebook_form priors regions relabelling repository style
# The notebooks that changed since all passed; all of them where what they share changed, or where none has passed yet.
passed := .pytest_cache/notebooks_passed
shared := gmixlib chapters/data tests/nbval_sanitize.cfg tests/pytest_surroundings.py pyproject.toml uv.lock
unpassed = $(shell test -e $(passed) && ! find $(shared) -type f ! -name '*.pyc' -newer $(passed) | grep -q . \
  && find chapters -name '*.ipynb' -newer $(passed) ! -path 'chapters/mine/*' || echo chapters)
requirements := $(uv) export --quiet --locked --no-hashes --no-annotate --no-emit-project

# What a user has set for Python and its libraries changes no result: warnings, optimization, numbers' precision, figures.
unexport $(filter ARVIZ% IPYTHON% MATPLOTLIB% MPL% NUMBA% PYTENSOR% PYTHON%,$(.VARIABLES)) SOURCE_DATE_EPOCH
# Text is UTF-8, whatever the locale is.
export PYTHONUTF8 := 1
# These would put packages elsewhere than in .venv, or choose others than those of uv.lock.
unexport VIRTUAL_ENV PIP_PREFIX PIP_TARGET PIP_USER UV_DEV UV_EXCLUDE_NEWER UV_FROZEN UV_ISOLATED UV_PRERELEASE UV_RESOLUTION
unexport UV_NO_DEFAULT_GROUPS UV_NO_DEV UV_NO_EDITABLE UV_NO_GROUP UV_NO_SYNC UV_PROJECT UV_PROJECT_ENVIRONMENT
# Where home cannot be written to, as in some containers, downloads and compiled code are kept here.
ifneq ($(shell test -z "$$HOME" || test -w "$$HOME" && echo writable),writable)
export HOME := $(CURDIR)/.home_cache
endif
# uv trusts the certificates that the machine trusts, as pip does: some networks have one of their own.
export UV_SYSTEM_CERTS ?= true

.PHONY: help environment book pdf watch check lint test test-long library notebooks site lab chapters exercises explorables bench lock links lighthouse release clean

help:  ## this list
	@echo "make <target>, where <target> is one of"
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1	\2/p' Makefile | expand -t 15

book: environment  ## build the book, warnings as errors (SOLUTIONS=no: without solutions)
	$(run) jupyter-book build . -W -n --keep-going

pdf: export BOOK_PDF = yes
pdf: book  ## print the whole book as one PDF, which its pages then offer (needs Chromium or Chrome; SOLUTIONS=no: without solutions)
	$(run) python -m tools.pdf

watch: environment  ## show the book in a browser, and each change as it is saved
	$(run) python -m tools.watch

check: lint  ## lint, the form of the notebooks and the fast tests (a minute)
	$(pytest) $(wildcard $(fast:%=tests/test_%.py))

lint: environment  ## style, types, dependencies, lock, workflows and citation
	$(run) ruff check
	$(run) ruff format --check
	$(run) mypy
	$(run) deptry gmixlib book tools tests chapters --non-dev-dependency-groups book,test
	$(run) deptry gmixlib --ignore DEP002
	{ $(requirements); echo '-e .'; } | diff requirements.txt - || { echo 'requirements.txt is not uv.lock: run make lock'; false; }
	$(run) zizmor --offline --quiet .github
	$(run) check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff
	$(run) check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(run) check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(run) check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml

# The longest files come first: one that came last would run on one core alone.
test: lint book  ## everything: all of that, every notebook that has not passed as it is, the book in a browser (JOBS=2: on two cores)
	@mkdir -p $(dir $(passed)) && touch $(passed)_now
	$(pytest) --no-loadscope-reorder $(site) $(unpassed) $(others)
	@mv $(passed)_now $(passed)

test-long: lint pdf  ## the same with the tests marked slow (an hour)
	$(pytest) -m ""

library: environment  ## the part of test about the library, the tools and the notebooks' form; how much of gmixlib it runs
	$(pytest) tests $(site:%=--ignore=%) --cov=gmixlib

notebooks: environment  ## the part of test that runs every chapter
	$(pytest) chapters

site: book  ## the part of test about the book in a browser, its PDF, Binder and JupyterLab
	$(pytest) $(site)

lab: environment  ## open the chapters in JupyterLab, with copies of the exercises in chapters/mine that are yours
	@mkdir -p chapters/mine
	@for one in chapters/exercises/*.ipynb; do test -e "chapters/mine/$${one##*/}" || cp "$$one" chapters/mine; done
	$(run) jupyter lab chapters

chapters: environment  ## execute the changed chapters anew, in place, and once with another seed
	$(run) python -m tools.chapters

exercises: environment  ## execute the changed solutions anew, and derive the exercises from them
	$(run) python -m tools.exercises

explorables:  ## build the figures that can be moved from their sources (needs npm)
	cd book/explorables && npm ci --ignore-scripts && npm run build

# Packages are compiled to bytecode before, as pip does: otherwise their first import is on the clock.
bench:  ## measure speed and memory beside other libraries, in an environment of its own (half an hour)
	UV_COMPILE_BYTECODE=1 $(uv) run --isolated --locked --extra bench python -m tools.benchmarks

lock: $(filter .uv/bin/uv,$(uv))  ## resolve the newest versions that pyproject.toml admits
	$(uv) lock --upgrade
	{ $(requirements); echo '-e .'; } > requirements.txt

links: environment  ## check the book's links to other sites, and those of the README
	$(run) jupyter-book build . --builder linkcheck

lighthouse: book  ## measure every page with Lighthouse (needs npm and Chromium or Chrome)
	npx --yes @lhci/cli@0.15 autorun --config tools/lighthouserc.yml

release: environment  ## commit and tag a release: make release PART=minor (or major, or patch)
	$(run) bump-my-version bump $(PART)
	@echo 'Publish it: git push --atomic --follow-tags'

clean:  ## remove the built book, the caches and the environment
	rm -rf _build .*_cache .hypothesis .coverage .venv .uv *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +
	find . -name .ipynb_checkpoints -prune -exec rm -rf {} +

environment: $(filter .uv/bin/uv,$(uv))
	@$(uv) sync --locked

# From the folder / no pyenv shim asks for the Python of .python-version, which it may not have.
.uv/bin/uv:
	@echo 'uv is not on PATH: installing it into .uv' >&2
	@here=$$(pwd) && (cd / && python3 -m venv "$$here/.uv" && "$$here/.uv/bin/python" -m pip install --quiet 'uv>=0.8') \
	  || { rm -rf .uv; echo 'uv could not be installed: see above, or https://docs.astral.sh/uv' >&2; false; }
