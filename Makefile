# People, pre-commit and .ci/run all start things here; the work is done in scripts/.
BIN := .venv/bin
ARGS ?=

.PHONY: help setup compile test test-unit test-contracts test-integration fuzz gas coverage slither halmos mutation mutation-python check format demo lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-18s %s\n", $$1, $$2 }'

setup: ## install everything into this checkout (every other target does this first)
	@scripts/setup.sh

compile: setup ## compile the contracts and write the ABIs for the node
	@$(BIN)/brownie compile --all
	@$(BIN)/python scripts/export_abi.py

test: setup ## all tests
	@scripts/test.sh contracts integration unit

test-unit: setup ## no chain, no network: seconds
	@scripts/test.sh unit

test-contracts: setup ## Brownie on Anvil and Ganache, Foundry, coverage, Slither, Halmos
	@scripts/test.sh contracts

test-integration: setup ## real chain, real nodes, real IPFS
	@scripts/test.sh integration

fuzz: setup ## the invariants for a million calls of anybody, e.g. make fuzz CALLS=100000
	@CALLS=$(CALLS) scripts/audit.sh fuzz

gas: setup ## what each act costs, beside what is written down
	@scripts/audit.sh gas

coverage: setup ## of the contracts by the Foundry tests
	@scripts/audit.sh coverage

slither: setup ## what Slither finds and nobody has explained
	@scripts/audit.sh slither

halmos: setup ## proofs of the arithmetic
	@scripts/audit.sh halmos

mutation: setup ## do tests notice faults? an hour; goes on where it was, e.g. make mutation MUTANTS=200
	@MUTANTS=$(MUTANTS) ARGS="$(ARGS)" scripts/audit.sh mutation

mutation-python: setup ## do unit tests notice faults in what all nodes compute alike? some 15 minutes
	@ARGS="$(ARGS)" scripts/audit.sh mutation-python

check: setup ## formatter, linters, types, ABI freshness, links, a test for every rule
	@scripts/check.sh

format: setup ## let the formatter have its way
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format .

demo: setup ## real federated rounds on a local chain, e.g. make demo ARGS="--nodes 5"
	@$(BIN)/starling demo $(ARGS)

lock: ## write requirements.lock from the environment as it is
	@$(BIN)/pip freeze --exclude-editable --all | grep -vE '^(pip|wheel|triton|(nvidia|cuda)-.*)==' >requirements.lock

clean: ## remove what was built, but not what was installed
	@rm -rf build .pytest_cache .ruff_cache .hypothesis *.egg-info
	@find orchestrator scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
