# Two commands do all the set-up: `make up` and `make test`. `make help` lists the rest.
# The first of these that is installed and runs.
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3.14 python3; do \
  $$each -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
# The lock names no index, so that a mirror set for pip serves uv as well.
UV_FLAGS := --quiet --require-hashes --compile-bytecode
# For every system and every Python from the first 3.11 on: Debian's is 3.11.2.
LOCK_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header

.DEFAULT_GOAL := help
.PHONY: help doctor up down test check lint types imports unit policies daemons images others tools apiserver engine bench waits faults properties pythons changes plugins docs dist sbom scan leaks audit lock

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.locked: requirements-dev.txt requirements-uv.txt
	@'$(PYTHON)' -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null || { \
	  echo "Palisade needs Python 3.11 to 3.14 with venv, and found none$(if $(PYTHON),: $(PYTHON) is not,); install one, or give PYTHON=/path/to/python3" >&2; \
	  python3 -m sandbox doctor >&2; exit 1; }
	@echo "installing the pinned packages into $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@$(BIN)/uv pip install $(UV_FLAGS) --python $(BIN)/python -r requirements-dev.txt
	@touch $@

doctor: ## check what this machine lacks for the other targets
	@$(or $(PYTHON),python3) -m sandbox doctor

up: $(VENV)/.locked ## deploy the whole environment on this machine
	@$(BIN)/python -m sandbox up

down: $(VENV)/.locked ## destroy it: stack, processes, state
	@$(BIN)/python -m sandbox down

test: check ## everything that CI runs
	@# The engine's tests mostly wait: the others run beside them. Each part prints its output when it ends.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync engine others

others:
	@$(MAKE) --no-print-directory unit && $(MAKE) --no-print-directory policies && \
	  $(MAKE) --no-print-directory leaks && $(MAKE) --no-print-directory daemons && $(MAKE) --no-print-directory apiserver

check: lint types imports ## lint, types, import rules

lint: $(VENV)/.locked ## ruff: lint and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.locked ## pyright
	@$(BIN)/pyright

imports: $(VENV)/.locked ## import-linter
	@$(BIN)/lint-imports

unit: $(VENV)/.locked ## components and sandbox with mocked providers
	@$(BIN)/pytest tests/unit -n 2 --dist loadfile

policies: $(VENV)/.locked ## the pack: cases, attacks, gRPC, command line
	@$(BIN)/pytest tests/policies tests/adversary -n 2 --dist loadfile

daemons: $(VENV)/.locked ## VPN, sshd, nftables and cloud-init with the real daemons (root)
	@$(BIN)/pytest tests/daemons -n 2 --dist loadfile

images: $(VENV)/.locked ## the same in each image of the bastion, with Ubuntu's own daemons (root; minutes)
	@$(BIN)/python -m tests.daemons.ubuntu

tools: $(VENV)/.locked
	@nice $(BIN)/python -m sandbox tools

apiserver: tools ## admission rules, rights and the Kubernetes stand-in on a real API server
	@$(BIN)/pytest tests/control_plane

engine: tools ## the whole program on the real engine and API server
	@$(BIN)/pytest tests/engine --durations 20

bench: $(VENV)/.locked ## measure the pack and the program (benchmarks/README.md has those with the engine)
	@$(BIN)/python -m benchmarks.policies
	@$(BIN)/python -W ignore -m benchmarks.program

waits: $(VENV)/.locked ## `up` with delays like AWS's, compared with its critical path
	@$(BIN)/python -W ignore -m benchmarks.engine

faults: $(VENV)/.locked ## make every creation fail once, and kill the engine at many points
	@$(BIN)/python -W ignore -m benchmarks.faults

properties: $(VENV)/.locked ## hundreds of random configurations
	@PALISADE_EXAMPLES=200 $(BIN)/pytest tests/unit/test_program_properties.py --timeout 3600

pythons: $(VENV)/.locked ## unit and policy tests on every other Python found, and compare what they render
	@$(BIN)/python -W ignore -m tools.pythons

changes: $(VENV)/.locked ## ask the engine what each change of a year costs, and rewrite the table
	@$(BIN)/python -m sandbox up --stacks one --dir .changes
	@$(BIN)/python -m tools.changes
	@$(BIN)/python -m sandbox down --dir .changes

plugins: $(VENV)/.locked ## up, changes, refresh and destroy with the provider plugins in PATH (docs/sandbox.md)
	@$(BIN)/python -W ignore -m benchmarks.plugins

docs: $(VENV)/.locked ## regenerate the tables and the picture of the documents
	@$(BIN)/python -m tools.requirements
	@$(BIN)/python -m tools.policy_reference
	@$(BIN)/python -m tools.coverage
	@$(BIN)/python -m tools.cost
	@$(BIN)/python -m tools.permissions
	@$(BIN)/python -m tools.adversary
	@$(BIN)/python -m tools.scan.page
	@$(BIN)/python -m tools.structure
	@$(BIN)/python -m tools.benchmarks
	@$(BIN)/python -W ignore -m tools.picture

dist: $(VENV)/.locked ## the pack as an archive with its checksum, in dist/
	@$(BIN)/python -m tools.dist

sbom: $(VENV)/.locked ## bills of materials (CycloneDX) and licences of all dependencies, in dist/
	@$(BIN)/python -m tools.sbom

# A scanner's packages clash with ours: each has an environment of its own.
.venv-%/.locked: tools/scan/locks/%.txt | $(VENV)/.locked
	@echo "installing $* into .venv-$*"
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-$*
	@$(BIN)/uv pip install $(UV_FLAGS) --python .venv-$*/bin/python -r $<
	@touch $@

scan: $(VENV)/.locked .venv-checkov/.locked .venv-cloudsplaining/.locked ## kube-score, gitleaks, checkov, cloudsplaining (docs/scanners.md)
	@$(BIN)/python -W ignore -m tools.scan

leaks: $(VENV)/.locked
	@$(BIN)/python -W ignore -m tools.scan kube-score gitleaks

audit: up .venv-prowler/.locked ## Prowler on the sandbox, compared with its mute lists (2 GB of packages; minutes)
	@$(BIN)/python -W ignore -m tools.scan.audit

lock: $(VENV)/.locked ## resolve the locks from pyproject.toml
	@$(BIN)/uv pip compile $(LOCK_FLAGS) pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile $(LOCK_FLAGS) pyproject.toml --group dev -o requirements-dev.txt
	@# A new version of uv is written into its own lock by hand, without hashes, before.
	@sed -n 's/^\(uv==[^ ]*\).*/\1/p' requirements-uv.txt | $(BIN)/uv pip compile $(LOCK_FLAGS) - -o requirements-uv.txt
	@echo cyclonedx-bom==7.5.0 | $(BIN)/uv pip compile $(LOCK_FLAGS) - -o requirements-sbom.txt
	@# A new version of a scanner is written into its own lock by hand, without hashes, before.
	@for each in checkov cloudsplaining prowler; do sed -n "s/^\($$each==[^ ]*\).*/\1/p" tools/scan/locks/$$each.txt | \
	  $(BIN)/uv pip compile $(LOCK_FLAGS) - -o tools/scan/locks/$$each.txt || exit; done
	@printf '%s\n' jinja2 jsonschema pulumi pulumi-policy | $(BIN)/uv pip compile $(LOCK_FLAGS) \
	  --constraints requirements.txt - -o policies/requirements.txt
