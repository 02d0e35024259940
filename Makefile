# `make help` lists the targets. They need Python 3.11 or newer and install the rest.
# `make test PYTEST="-k search"` passes arguments to pytest.

VENV ?= .venv
PYTHON ?= python3
PARALLEL = --numprocesses=logical --maxprocesses=8 --dist=worksteal
PIP = $(VENV)/bin/python -m pip --disable-pip-version-check install --quiet --quiet
# A checksum of the requirements tells whether they are installed.
REQUIREMENTS := $(shell cat constraints.txt requirements.txt requirements-dev.txt requirements-telemetry.txt | cksum | tr -dc 0-9)
RUNTIME = $(VENV)/.runtime-$(REQUIREMENTS)
DEVELOPMENT = $(VENV)/.development-$(REQUIREMENTS)

.DEFAULT_GOAL := help
.PHONY: help run demo test coverage mutants check life crash openapi contract crosssite \
    screenshots bench-flow bench-growth bench-search bench-servers bench-deletion \
    bench-mixed bench-totals format clean

help: ## List the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1 /p' Makefile | while read -r name what; do \
	    printf '  make %-16s %s\n' "$$name" "$$what"; done

run: $(RUNTIME) ## Serve on http://127.0.0.1:8000 (PORT, HOST, DATABASE_URL, DATA_DIR)
	@$(VENV)/bin/python manage.py up

demo: $(RUNTIME) ## Create an organization with customers, and print an API key and two logins
	@$(VENV)/bin/python manage.py seed_demo --customers 300 --staff --keep-existing

test: $(DEVELOPMENT) ## Run the whole suite on a real PostgreSQL, on all cores
	@$(VENV)/bin/python -m pytest $(PARALLEL) $(PYTEST)

.PHONY: test-browser
test-browser: $(DEVELOPMENT) ## Test the admin in Chromium: a whole day, and every page with axe
	@ALL_LOOKS=1 $(VENV)/bin/python -m pytest $(PARALLEL) \
	    fluxrate/tests/test_admin_day.py fluxrate/tests/test_admin_browser.py \
	    fluxrate/tests/test_admin_keyboard.py fluxrate/tests/test_admin_accessibility.py \
	    fluxrate/tests/test_admin_nothing_lost.py \
	    fluxrate/tests/test_admin_lists_in_browser.py organizations/tests/test_staff_browser.py

.PHONY: test-postgres15
test-postgres15: $(DEVELOPMENT) ## Run the suite on PostgreSQL 15 (needs Debian's postgresql-15)
	@$(VENV)/bin/python -m fluxrate.tests.postgres15 $(PARALLEL) $(PYTEST)

.PHONY: twin
twin: $(DEVELOPMENT) ## Run tests on tables that are partitioned by organization
	@$(VENV)/bin/python -m pytest $(PARALLEL) -p fluxrate.tests.twin_plugin \
	    customers organizations $(PYTEST)

coverage: $(DEVELOPMENT) ## Run the suite, list missed lines, fail below the branch floor
	@$(VENV)/bin/coverage erase
	@$(VENV)/bin/coverage run -m pytest $(PARALLEL) $(PYTEST)
	@$(VENV)/bin/coverage combine --quiet
	@$(VENV)/bin/coverage report
	@$(VENV)/bin/coverage json --quiet -o - | $(VENV)/bin/python -m fluxrate.tests.branch_coverage

mutants: $(DEVELOPMENT) ## Change the deciding code; the tests must notice (MUTANTS="a.py b.py")
	@$(VENV)/bin/python -m fluxrate.tests.mutants $(MUTANTS)

check: $(DEVELOPMENT) ## Check style, types, layers, migrations, settings and openapi.yaml
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/bandit --quiet --configfile pyproject.toml \
	    --recursive fluxrate organizations customers
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/python manage.py makemigrations --check --dry-run
	@$(VENV)/bin/python -m fluxrate.tests.migration_lint
	@HTTPS=true $(VENV)/bin/python manage.py check --deploy --fail-level WARNING
	@$(VENV)/bin/python -m fluxrate.tests.openapi_lint

life: $(DEVELOPMENT) ## Advance 10,000 subscriptions by a year, at once and day by day
	@ADVANCE_SUBSCRIPTIONS=10000 $(VENV)/bin/python -m pytest -k year \
	    customers/tests/test_advance.py

crash: $(DEVELOPMENT) ## Kill workers and PostgreSQL at random, and verify the data
	@$(VENV)/bin/python benchmarks/crash.py

.PHONY: kill
kill: $(DEVELOPMENT) ## Kill workers 20 times while emails and steps are due (KILLS)
	@KILLS=$(or $(KILLS),20) $(VENV)/bin/python -m pytest --quiet --numprocesses=0 \
	    fluxrate/tests/test_worker_killed.py

.PHONY: pressure
pressure: $(DEVELOPMENT) ## Lock a row for 10 s under 16 writers, open 5,000 idle connections
	@PRESSURE=1 $(VENV)/bin/python -m pytest --quiet --numprocesses=0 -rP \
	    fluxrate/tests/test_pressure.py

.PHONY: test-backup
test-backup: $(DEVELOPMENT) ## Destroy the server amid writes 20 times, restore, compare (some minutes)
	@$(VENV)/bin/python benchmarks/restore.py

openapi: $(RUNTIME) ## Write openapi.yaml from the code
	@$(VENV)/bin/python manage.py spectacular --validate --fail-on-warn \
	    --file openapi.yaml

.PHONY: openapi-lint
openapi-lint: $(DEVELOPMENT) ## Check openapi.yaml with Redocly and Spectral
	@$(VENV)/bin/python -m fluxrate.tests.openapi_lint

.PHONY: promises
promises: $(DEVELOPMENT) ## Store what openapi.yaml promises, at a release
	@$(VENV)/bin/python -m fluxrate.tests.api_promises

.PHONY: messages
messages: $(RUNTIME) ## Collect the admin's words, and compile their translations (needs gettext)
	@$(VENV)/bin/python manage.py makemessages --locale de --no-location --no-wrap \
	    --no-obsolete --extension html,py --ignore "*/tests/*" --ignore "benchmarks/*" \
	    --ignore docs --ignore ".venv*"
	@$(VENV)/bin/python manage.py compilemessages --locale de --ignore ".venv*"

.PHONY: schema
schema: $(RUNTIME) ## Write schema.sql: the tables and functions that the migrations create
	@$(VENV)/bin/python manage.py dump_schema --file schema.sql

.PHONY: lock
lock: $(DEVELOPMENT) ## Write requirements.lock: what production installs, with hashes
	@grep -v '^pytest-django' requirements.txt | $(VENV)/bin/uv --quiet pip compile - \
	    --universal --python-version 3.11 --generate-hashes --no-annotate \
	    --custom-compile-command "make lock" --output-file requirements.lock

.PHONY: audit
audit: $(DEVELOPMENT) ## Look up known vulnerabilities of requirements.lock (needs a network)
	@$(VENV)/bin/python -m fluxrate.tests.audit

.PHONY: release
release: $(DEVELOPMENT) ## Close the changelog, set the version, commit and tag (VERSION=0.2.0)
	@$(VENV)/bin/python -m fluxrate.tests.release $(VERSION)

.PHONY: dist
dist: $(DEVELOPMENT) ## Build the wheel and its SBOM (CycloneDX) in dist/ (needs a network)
	@$(VENV)/bin/uv build --quiet --clear --wheel --out-dir dist
	@$(VENV)/bin/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py requirements \
	    --output-reproducible --output-file dist/sbom.cdx.json requirements.lock
	@ls dist

contract: $(DEVELOPMENT) ## Test a running server against openapi.yaml with generated requests
	@$(VENV)/bin/python -m fluxrate.tests.contract $(CONTRACT)

.PHONY: equivalence
equivalence: REQUESTS ?= 50000
equivalence: $(DEVELOPMENT) ## Compare plans with the views by generated requests (REQUESTS, SEED)
	@REQUESTS=$(REQUESTS) $(VENV)/bin/python -m pytest --quiet --numprocesses=0 \
	    fluxrate/tests/test_fast_path_equivalence.py

.PHONY: models
models: $(DEVELOPMENT) ## Write the types of both official clients from openapi.yaml
	@$(VENV)/bin/python -m fluxrate.tests.clients.python_models
	@$(VENV)/bin/python -m fluxrate.tests.clients.typescript_models

.PHONY: packages
packages: $(DEVELOPMENT) ## Check the types of both clients, and build a wheel and an npm package
	@$(VENV)/bin/python -m fluxrate.tests.clients.packages

.PHONY: clients
clients: $(DEVELOPMENT) ## Run the official clients and those of four generators (needs Java)
	@$(VENV)/bin/python -m fluxrate.tests.clients

.PHONY: first-customer
first-customer: $(DEVELOPMENT) ## Do what README.md says, in a new clone, within a minute
	@$(VENV)/bin/python -m fluxrate.tests.first_customer

crosssite: $(DEVELOPMENT) ## Attack a running server from other origins in a real Chromium
	@$(VENV)/bin/python -m fluxrate.tests.crosssite

walk: $(DEVELOPMENT) ## Test every URL of the admin with malformed input
	@WALK=all $(VENV)/bin/python -m pytest $(PARALLEL) fluxrate/tests/test_admin_bad_requests.py

screenshots: $(RUNTIME) ## Take the pictures of the documents (needs chromium, chromedriver)
	@$(VENV)/bin/python docs/screenshots.py

.PHONY: hooks
hooks: $(DEVELOPMENT) ## Install the git hooks of .pre-commit-config.yaml
	@$(VENV)/bin/prek install

format: $(DEVELOPMENT) ## Format the code
	@$(VENV)/bin/ruff check --fix-only --quiet .
	@$(VENV)/bin/ruff format .

clean: ## Remove generated files, except the data in .data
	rm -rf .venv staticfiles .data/test-* .pytest_cache .mypy_cache .ruff_cache
	rm -rf .mutants .import_linter_cache .hypothesis .coverage .coverage.*
	rm -rf .clients .lint dist clients/typescript/dist clients/typescript/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A virtual environment that was moved, or whose Python is missing, is created again.
$(VENV)/bin/activate: ; @$(make_venv)
$(RUNTIME): $(VENV)/bin/activate
	@$(VENV)/bin/python -c "" 2>/dev/null || { $(make_venv); }
	@echo "Installing requirements.txt (once) …"
	@$(PIP) -r requirements.txt
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	@echo "Installing requirements-dev.txt (once) …"
	@$(PIP) -r requirements-dev.txt
	@touch $@

define make_venv
for python in $(PYTHON) python3.13 python3.12 python3.11 python3.14; do \
    "$$python" -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null \
        && found=$$python && break; \
done; \
if [ -z "$$found" ]; then \
    echo "Fluxrate needs Python 3.11 or newer. Say which: make PYTHON=/path/to/python3" >&2; \
    exit 1; \
fi; \
if ! "$$found" -c "import ensurepip, venv" 2>/dev/null; then \
    echo "$$found has no venv module: on Debian and Ubuntu, apt install python3-venv." >&2; \
    exit 1; \
fi; \
"$$found" -m venv --clear $(VENV)
endef

bench-flow: $(RUNTIME) ## Count the files and statements of a request
	@$(VENV)/bin/python benchmarks/flow.py

PEERS_VENV ?= .venv-peers
PEERS_VERSION := $(shell cksum < benchmarks/peers/requirements.txt | tr -dc 0-9)

.PHONY: bench
bench: $(DEVELOPMENT) $(PEERS_VENV)/.$(PEERS_VERSION) ## Compare Fluxrate with other frameworks at a million customers (needs wrk)
	@PEERS_PYTHON=$(PEERS_VENV)/bin/python $(VENV)/bin/python -m benchmarks.peers

$(PEERS_VENV)/.$(PEERS_VERSION):
	@$(VENV)/bin/python -m venv --clear $(PEERS_VENV)
	@$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check install -q -q \
	    -r benchmarks/peers/requirements.txt
	@touch $@

bench-growth: $(RUNTIME) ## Measure lists and searches at a million customers
	@$(VENV)/bin/python -m benchmarks.growth

bench-admin: $(RUNTIME) ## Measure the admin's pages at a million customers (CUSTOMERS, ROUNDS)
	@$(VENV)/bin/python -m benchmarks.admin

bench-servers: $(DEVELOPMENT) ## Compare HTTP servers over sockets (needs nginx, wrk)
	@$(PIP) -r benchmarks/servers/requirements.txt
	@$(VENV)/bin/python -m benchmarks.servers

bench-deletion: $(RUNTIME) ## Delete a customer with 100,000 subscriptions
	@$(VENV)/bin/python benchmarks/deletion.py

bench-search: $(RUNTIME) ## Measure searches with filters and over 10,000 organizations
	@$(VENV)/bin/python -m benchmarks.growth.search
	@ORGANIZATIONS=10000 $(VENV)/bin/python -m benchmarks.growth.search

bench-mixed: $(DEVELOPMENT) ## Ten minutes of mixed load: memory, idle transactions, failures
	@$(VENV)/bin/python benchmarks/mixed.py

.PHONY: bench-compression
bench-compression: $(DEVELOPMENT) ## Compare the p50 of a list with gzip and without (needs wrk)
	@$(VENV)/bin/python -m benchmarks.compression

bench-totals: $(DEVELOPMENT) ## Compare row counts with rows after 10,000 random actions
	@TOTAL_ACTIONS=10000 $(VENV)/bin/python -m pytest -q -k eight_writers \
	    customers/tests/test_row_counts.py
