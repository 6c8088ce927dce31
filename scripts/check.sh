#!/usr/bin/env bash
# Everything that can be judged without running a test. Goes on after a finding, so that one run shows all of them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PATH=$PWD/.venv/bin:$PATH

findings=()
check() {
  local name=$1 output
  shift
  if output=$("$@" 2>&1); then
    echo "ok    $name"
  else
    findings+=("$name")
    printf 'FOUND %s\n%s\n\n' "$name" "$output"
  fi
}

check format ruff format --check .
check lint ruff check --output-format concise .
check types mypy
check "Solidity lint" solhint --disc --noPoster --config .solhint.json --max-warnings 0 'contracts/*.sol' 'contracts/{interfaces,libraries}/**/*.sol'
check ABIs python scripts/export_abi.py --check
check "storage of a task" python scripts/describe_storage.py --check
check links python scripts/check_links.py
check "a test for every rule" python scripts/check_rules.py

if ((${#findings[@]})); then
  printf 'check: look at %s\n' "$(IFS=,; echo "${findings[*]}")"
  exit 1
fi
echo "check: all well"
