#!/usr/bin/env bash
# Looks harder than the suites do, at the contracts: audit.sh fuzz|gas|coverage|slither|halmos|mutation; at what all nodes compute
# alike: audit.sh mutation-python. Figures come last; the exit status says whether the bar was met.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/.venv/bin:$PATH
audit=.starling/audit
reports=build/reports
mkdir -p "$reports"

# Slither and Halmos live apart from what the project itself needs.
prepare() {
  [[ -f $audit/starling.stamp ]] && cmp -s requirements-audit.lock "$audit/starling.stamp" && return
  echo "audit: Python packages of the tools (once)"
  [[ -d $audit ]] || .venv/bin/python -m venv "$audit"
  "$audit/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements-audit.lock
  cp requirements-audit.lock "$audit/starling.stamp"
}

# Every invariant gets its share of CALLS, in runs of 100 calls; what is compared in each act is compared in all of them.
fuzz() {
  local calls=${CALLS:-1000000} depth=100 invariants runs log=$reports/fuzz.log status=0
  invariants=$(grep -c 'function invariant_' tests/contracts/foundry/Invariants.t.sol)
  runs=$(((calls + invariants * depth - 1) / (invariants * depth)))
  echo "fuzz: $invariants invariants, $runs runs of $depth calls each"
  FOUNDRY_INVARIANT_RUNS=$runs FOUNDRY_INVARIANT_DEPTH=$depth forge test --match-contract Invariants >"$log" 2>&1 || status=$?
  ((status == 0)) || tail -40 "$log"
  python scripts/read_reports.py fuzz "$log" "$calls" || status=1
  return "$status"
}

gas() {
  local status=0
  rm -f build/gas.json
  brownie compile --all # together, as in scripts/test.sh: the code differs a little otherwise
  brownie test tests/contracts/gas || status=$?
  python scripts/read_reports.py gas build/gas.json tests/contracts/gas.json tests/contracts/gas/limits.json || status=1
  return "$status"
}

coverage() {
  local log=$reports/coverage.log status=0
  # Runs of the unoptimised build are slow, and hitting every line takes few. Lines can be told only without `via_ir`.
  FOUNDRY_COMPILATION_RESTRICTIONS='[]' FOUNDRY_INVARIANT_RUNS=1 FOUNDRY_FUZZ_RUNS=16 forge coverage --report summary --report lcov \
    --report-file "$reports/contracts.lcov" --no-match-coverage '(mocks|tests|node_modules)/' >"$log" 2>&1 || status=$?
  ((status == 0)) || tail -40 "$log"
  python scripts/read_reports.py coverage "$log" || status=1
  return "$status"
}

# Slither's own status says whether it found anything at all; the bar is lower. It reads sources, so what compiles fast will do.
run_slither() {
  prepare
  local out=$reports/slither.json
  rm -f "$out"
  FOUNDRY_COMPILATION_RESTRICTIONS='[]' FOUNDRY_OPTIMIZER=false FOUNDRY_OUT=build/slither/out FOUNDRY_CACHE_PATH=build/slither/cache \
    "$audit/bin/slither" . --json "$out" --filter-paths 'node_modules|mocks|tests' \
    --foundry-out-directory build/slither/out >"$reports/slither.log" 2>&1 || true
  [[ -f $out ]] || { tail -20 "$reports/slither.log"; return 1; }
  python scripts/read_reports.py slither "$out"
}

# Proofs are of sources: while these are what was proved last, the figures of then are shown again.
run_halmos() {
  local log=$reports/halmos.log proved=.starling/halmos.log status=0 is_new=1 inputs
  inputs=$(find contracts tests/contracts/foundry/{Test,*Proofs.t}.sol foundry.toml requirements-audit.lock scripts/solve_integers.py \
    package-lock.json -type f -exec cksum {} + | sort)
  if [[ -f $proved && $(tail -n +2 "$proved.inputs" 2>/dev/null) == "$inputs" ]]; then
    echo "halmos: nothing that proofs depend on has changed since $(head -n 1 "$proved.inputs"); then:"
    cp "$proved" "$log"
    is_new=0
  else
    prepare
    : >"$log"
    prove BitProofs --loop 20 || status=1
    prove ProgressProofs || status=1
    prove RoundProofs --loop 8 || status=1
    prove MemberProofs || status=1
    prove PayoutProofs --loop 16 --solver-command "$PWD/$audit/bin/python $PWD/scripts/solve_integers.py" || status=1
  fi
  python scripts/read_reports.py halmos "$log" "$(cat tests/contracts/foundry/*Proofs.t.sol | grep -c 'function check_')" || status=1
  if ((is_new && status == 0)); then
    cp "$log" "$proved"
    printf '%s\n%s\n' "$(date -u '+%Y-%m-%d %H:%M UTC')" "$inputs" >"$proved.inputs"
  fi
  return "$status"
}
prove() {
  FOUNDRY_COMPILATION_RESTRICTIONS='[]' FOUNDRY_OUT=build/halmos/out FOUNDRY_CACHE_PATH=build/halmos/cache \
    "$audit/bin/halmos" --root . \
    --forge-build-out build/halmos/out --function check_ --contract "$1" --solver-timeout-assertion 600s "${@:2}" 2>&1 |
    tee -a "$reports/halmos.log"
}

# MUTANTS=200 takes a sample of that size; ARGS go to scripts/mutate.py.
mutation() {
  prepare
  # shellcheck disable=SC2086
  "$audit/bin/python" scripts/mutate.py --sample "${MUTANTS:-0}" ${ARGS:-}
}

# In a copy, for mutmut works beside what it breaks. Which modules, and by which tests: tool.mutmut in pyproject.toml. ARGS go to
# `mutmut run`, e.g. ARGS="--max-children 2" to break two things at a time.
run_mutation_python() {
  local tree=build/mutation-python log=$PWD/$reports/mutation-python.log
  rm -rf "$tree"
  mkdir -p "$tree"
  cp -R pyproject.toml orchestrator tests "$tree"
  # shellcheck disable=SC2086
  (cd "$tree" && OMP_NUM_THREADS=1 mutmut run ${ARGS:---max-children 1}) >"$log" 2>&1 || {
    tail -40 "$log"
    return 1
  }
  python scripts/read_mutants.py "$tree"
}

case ${1:-} in
  fuzz | gas | coverage | mutation) "$1" ;;
  slither | halmos) "run_$1" ;;
  mutation-python) run_mutation_python ;;
  *) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
esac
