# Every target sets itself up on a machine with Python 3.11 or newer, git and make; a second run starts at once.
# Another interpreter: make test PYTHON=/path/to/python3.13

# Tests start many processes: each would compile all of the program anew.
unexport PYTHONDONTWRITEBYTECODE

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

SERVE ?= 1
TESTS ?= tests
WORKERS ?= auto
LOCALE ?=
SECONDS ?= 60
SEED ?=

VENV := .venv
BIN := $(VENV)/bin
RUNTIME := $(VENV)/.installed-runtime
DEVELOPMENT := $(VENV)/.installed-development
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
PYTEST := $(BIN)/python -m pytest
# One test at a time is handed out, and no group is held together: tests with real workers wait more than they compute,
# so that one beside another takes less time than both in turn.
TEST_RUN := $(PYTEST) --numprocesses $(WORKERS) --dist loadgroup --durations 10
# What knows no database of its own (clients, mappers, settings, reports), the walk over all pages as every role and the
# pages of connecting: seen once is enough. Of lists, reviews, runs and whatever sends tests/again.py chooses.
ONCE := $(addprefix --ignore=tests/,benchmarks sandbox test_pages.py config core/compare core/report core/wizard \
	$(addprefix access/test_,walk.py protected_people.py guides.py sick_provider.py) \
	core/admin/test_saving_unchanged.py test_odd_requests.py test_behaviours_plugin.py shown \
	fortnox/lines $(addprefix fortnox/test_,characters.py characters_at_sending.py client.py connector.py contract.py \
	countries.py endpoints.py explanations.py mappers.py resources.py settings.py shared_contract.py) \
	$(addprefix visma_payroll/test_,checking.py client.py connecting.py contract.py explanations.py jobs.py mappers.py \
	positions.py resources.py settings.py shared_contract.py timelines.py whose_company.py) \
	employees/values employees/test_ibans.py employees/test_swedish_bank_accounts.py \
	$(addprefix employees/transfer/,test_fuzz.py test_odd_files.py test_cells_of_spreadsheets.py test_reading.py) \
	$(addprefix core/test_,transport.py fuzz.py foreign.py odd_answers.py token_answers.py reading.py))
# The checks judge the code, not the .env of whoever runs them.
PLAIN := ENV_FILE=/dev/null
# The demo has a folder of its own and the embedded defaults, whatever the surroundings say.
DEMO := env -u DATABASE_URL -u REDIS_URL -u EMAIL_URL -u SANDBOX_VENDORS -u SANDBOX_URL -u PUBLIC_URL \
	-u ALLOWED_HOSTS -u SECRET_KEY -u ENCRYPTION_KEYS $(PLAIN) DEBUG=1 VAR_DIR=var/demo
PRODUCTION := $(PLAIN) DEBUG=0 ALLOWED_HOSTS=samklang.example PUBLIC_URL=https://samklang.example PROXIES=1 \
	EMAIL_URL=smtp+tls://samklang:password@mail.example
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header

.PHONY: help demo test test-postgres soak check bench bench-small lock format docs messages

help:
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: $(RUNTIME) ## Rehearse a whole sync with sandbox vendors, then serve the admin (SERVE=0: end after the report)
	@rm -rf var/demo
	@$(DEMO) $(BIN)/python manage.py demo $(if $(filter 0,$(SERVE)),--no-serve)

test: $(DEVELOPMENT) ## All tests, on what DATABASE_URL and REDIS_URL say (without them SQLite and its queue)
	@# pytest ends with 5 where TESTS names none of the one sort.
	$(TEST_RUN) -m "not browser" $(TESTS) || [ $$? -eq 5 ]
	@# By themselves: a browser's event loop stays in its process and gives later tests other database connections.
	$(TEST_RUN) -m browser $(TESTS) || [ $$? -eq 5 ]

test-postgres: $(DEVELOPMENT) ## What leans on servers again, on DATABASE_URL and REDIS_URL (ALL=1: every test but the browser's)
	REQUIRE_SERVERS=1 $(TEST_RUN) -m "not browser" $(if $(ALL),,--again $(ONCE)) $(TESTS)

soak: $(RUNTIME) ## Random edits, faults and kills for SECONDS (SEED=n repeats a case), then every field is compared
	@rm -rf var/soak
	@# On what DATABASE_URL and REDIS_URL say, as the tests are; the database must be empty.
	@env -u EMAIL_URL -u SANDBOX_VENDORS -u SANDBOX_URL $(PLAIN) DEBUG=1 VAR_DIR=var/soak \
		$(BIN)/python manage.py soak --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

check: $(DEVELOPMENT) ## Format, lint, types, import rules, templates, migrations, deployment settings, generated documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --check templates integrations employees absences journals
	$(BIN)/djlint --lint templates integrations employees absences journals
	$(PLAIN) $(BIN)/lint-imports
	$(PLAIN) $(BIN)/mypy
	$(PLAIN) $(BIN)/python manage.py makemigrations --check --dry-run
	$(PRODUCTION) SECRET_KEY="$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
		ENCRYPTION_KEYS="$$($(BIN)/python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')" \
		$(BIN)/python manage.py check --deploy --fail-level WARNING
	$(PLAIN) $(PYTEST) --collect-only --quiet --quiet --behaviours docs/behaviours.md --behaviours-check tests

bench: $(DEVELOPMENT) ## Measure, beside the peers, into benchmarks/results.json
	$(BIN)/python -m benchmarks

bench-small: $(DEVELOPMENT) ## Run every benchmark with few people, so that none rots; writes and bounds nothing
	$(BIN)/python -m benchmarks --small

format: $(DEVELOPMENT) ## Format the code and the templates, and mend what can be mended by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/djlint --quiet --reformat templates integrations employees absences journals || true

docs: $(DEVELOPMENT) ## Write docs/behaviours.md from the marks of the tests, and docs/roles.md from the table of roles
	$(PLAIN) $(BIN)/python manage.py roles > docs/roles.md
	$(PLAIN) $(PYTEST) --collect-only --quiet --quiet --behaviours docs/behaviours.md tests

messages: $(RUNTIME) ## Collect the texts to translate and compile the catalogues (LOCALE=sv: one language, a new one too); needs gettext
	mkdir -p locale
	$(BIN)/python manage.py makemessages $(if $(LOCALE),--locale $(LOCALE),--all) \
		--no-obsolete --add-location file --ignore '$(VENV)/*' --ignore 'var/*' --ignore 'tests/*' --ignore 'benchmarks/*'
	$(BIN)/python manage.py compilemessages --ignore '$(VENV)'

lock: $(DEVELOPMENT) ## Pin every package, with hashes, for Python 3.11 and newer
	$(COMPILE) requirements.in --output-file requirements.txt
	$(COMPILE) requirements-dev.in --output-file requirements-dev.txt

# A Python that is new enough and can make virtual environments (Debian ships that part as python3-venv).
$(BIN)/python:
	@python="$(PYTHON)"; \
	for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do \
		[ -z "$$python" ] || break; \
		if "$$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python="$$candidate"; fi; \
	done; \
	[ -n "$$python" ] || { echo "No Python 3.11 or newer with the venv module found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; exit 1; }; \
	"$$python" -m venv $(VENV)

$(RUNTIME): requirements.txt | $(BIN)/python
	$(PIP_INSTALL) --requirement requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	$(PIP_INSTALL) --requirement requirements.txt --requirement requirements-dev.txt
	@touch $@
