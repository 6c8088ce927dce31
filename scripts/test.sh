#!/usr/bin/env bash
# Runs suites and prints the totals last: test.sh unit contracts integration
#
# A suite is one or more jobs. Three of them run at a time, for two cores: what works with real nodes waits for blocks most of its
# time. Whoever is done takes the next, the longest first. What they print is shown at the end, a job after the other.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/.venv/bin:$PATH
reports=build/reports
lanes=3
mkdir -p "$reports"

# A job has one core: a second thread of torch would only wait for it, spinning.
export OMP_NUM_THREADS=1

# Where Go is at hand the set-up builds Kubo, so its test has no excuse.
if command -v go >/dev/null; then export STARLING_REQUIRE_KUBO=1; fi

# suite:job, the longest first.
all=(integration:integration contracts:brownie integration:simulation contracts:halmos unit:unit contracts:foundry contracts:slither)

run_unit() { python -m pytest tests/unit --junitxml="$reports/unit.xml"; }
run_integration() { python -m pytest tests/integration --timeout=600 --junitxml="$reports/integration.xml"; }
run_simulation() { python -m pytest tests/simulation --timeout=600 --junitxml="$reports/simulation.xml"; }
run_brownie() {
  local status=0
  brownie test tests/contracts --junitxml="$PWD/$reports/contracts.xml" || status=$?
  brownie test tests/contracts/task/test_life_cycle.py tests/contracts/test_coverage_of_errors.py --network ganache \
    --junitxml="$PWD/$reports/ganache.xml" || status=$?
  return "$status"
}
# Fuzzing and mutation take longer than a test may; gas is among Brownie's tests. Coverage compiles into the same folders as Forge.
run_foundry() {
  local status=0
  forge test 2>&1 | tee "$reports/foundry.log" || status=$?
  scripts/audit.sh coverage || status=$?
  return "$status"
}
run_slither() { scripts/audit.sh slither; }
run_halmos() { scripts/audit.sh halmos; }

run_job() {
  local job=$1 status=0 started=$SECONDS
  "run_$job" >"$reports/$job.out" 2>&1 </dev/null || status=$?
  echo "$status" >"$reports/$job.status"
  echo "$job: $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s"
}

if [[ ${1:-} == --job ]]; then
  run_job "$2"
  exit
fi

jobs=()
for entry in "${all[@]}"; do
  if [[ " $* " == *" ${entry%%:*} "* ]]; then jobs+=("${entry#*:}"); fi
done
rm -f "$reports"/*.{xml,log,out,status}

# Nodes deploy what Brownie compiled, so that has to be there before any of them starts, and nobody may rewrite it beside them.
# All of it: what the compiler makes by way of Yul differs a little with what is compiled together, and gas is compared.
if [[ " ${jobs[*]} " == *" brownie "* || " ${jobs[*]} " == *" integration "* ]]; then
  echo "── compile"
  brownie compile --all
fi

echo "── ${jobs[*]}: three at a time"
printf '%s\n' "${jobs[@]}" | xargs -P "$lanes" -I{} scripts/test.sh --job {}

failed=()
for job in "${jobs[@]}"; do
  printf '\n── %s\n' "$job"
  cat "$reports/$job.out"
  [[ $(<"$reports/$job.status") == 0 ]] || failed+=("$job")
done
status=0
python scripts/print_totals.py "$reports" || status=$?
if ((${#failed[@]})); then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
exit "$status"
