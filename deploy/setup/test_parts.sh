#!/usr/bin/env bash
# What only tests need of the machine: a browser and the files of a real Kafka. Says in a line each what it found.
# A missing part is no failure here: its tests are skipped with the reason, or fail where CI=true requires the part.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
log=.plumbline/setup.log
mkdir -p "$(dirname "$log")"

say() { printf 'setup: %s\n' "$*"; }
browser() { "$python" -c 'from shared.testing.parts import find_chromium; print(find_chromium() or "")'; }
is_root() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

install_browser() {
  if is_root; then
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium; } >>"$log" 2>&1
    [ -n "$(browser)" ] && return
  fi
  .venv/bin/playwright install chromium >>"$log" 2>&1
}

if [ -z "$(browser)" ]; then
  say "no Chromium yet, getting one"
  install_browser
fi
found=$(browser)
if [ -n "$found" ]; then say "browser: $found"; else say "browser: none to be had (see $log), browser tests are skipped"; fi

"$python" - <<'PYTHON'
import asyncio

from shared.local.kafka_files import KafkaNotAvailable, find_kafka

try:
    found = asyncio.run(find_kafka())
    print(f"setup: broker: Apache Kafka {found.version}")
except KafkaNotAvailable as missing:
    print(f"setup: broker: the embedded one alone ({missing}), tests of a real Kafka are skipped")
PYTHON
