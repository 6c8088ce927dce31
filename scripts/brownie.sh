#!/bin/sh
# .venv/bin/brownie is a link to this: see run_brownie.py.
bin=$(cd "$(dirname "$0")" && pwd)
exec "$bin/python" -P "$bin/../../scripts/run_brownie.py" "$@"
