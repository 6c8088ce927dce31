#!/usr/bin/env bash
# Runs suites and prints the totals last: test.sh unit contracts integration
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/.venv/bin:$PATH
reports=build/reports
mkdir -p "$reports"

# Where Go is at hand the set-up builds Kubo, so its test has no excuse.
if command -v go >/dev/null; then export STARLING_REQUIRE_KUBO=1; fi

failed=()
has() { [[ -n $(find "$1" -name "$2" -print -quit) ]]; }

run_unit() { python -m pytest tests/unit --junitxml="$reports/unit.xml"; }
run_integration() { python -m pytest tests/integration --timeout=600 --junitxml="$reports/integration.xml"; }
run_contracts() {
  local status=0
  brownie test tests/contracts --junitxml="$PWD/$reports/contracts.xml" || status=$?
  brownie test tests/contracts/task/test_life_cycle.py tests/contracts/test_coverage_of_errors.py --network ganache \
    --junitxml="$PWD/$reports/ganache.xml" || status=$?
  if has tests/contracts '*.t.sol'; then
    forge test 2>&1 | tee "$reports/foundry.log" || status=$?
  fi
  # Fuzzing and mutation take longer; gas is among Brownie's tests.
  for audit in coverage slither halmos; do
    echo "── $audit"
    scripts/audit.sh "$audit" || status=$?
  done
  return "$status"
}

suites=()
for suite; do
  if has "tests/$suite" 'test_*.py'; then suites+=("$suite"); else echo "── $suite: no tests yet"; fi
done
rm -f "$reports"/*.xml "$reports"/*.log

# Nodes deploy what Brownie compiled, so that has to be there before any of them starts, and nobody may rewrite it beside them.
# All of it: what the compiler makes by way of Yul differs a little with what is compiled together, and gas is compared.
if [[ " ${suites[*]} " == *" contracts "* || " ${suites[*]} " == *" integration "* ]]; then
  echo "── compile"
  brownie compile --all
fi

# Contracts on one core, the rest on the other; their output does not mix.
if [[ " ${suites[*]} " == *" contracts "* ]]; then
  run_contracts >"$reports/contracts.log" 2>&1 &
  beside=$!
fi
for suite in "${suites[@]}"; do
  if [[ $suite == contracts ]]; then continue; fi
  echo "── $suite"
  "run_$suite" || failed+=("$suite")
done
if [[ -n ${beside:-} ]]; then
  echo "── contracts"
  wait "$beside" || failed+=(contracts)
  cat "$reports/contracts.log"
fi

status=0
python scripts/print_totals.py "$reports" || status=$?
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
exit "$status"
