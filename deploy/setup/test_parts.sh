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
    { apt-get -o Acquire::Retries=5 update -qq && DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=5 install -qq -y chromium; } >>"$log" 2>&1
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

for tries_left in (2, 1, 0):  # a connection may break off while the files are fetched
    try:
        found = asyncio.run(find_kafka())
        print(f"setup: broker: Apache Kafka {found.version}")
        break
    except KafkaNotAvailable as missing:
        if "fetch" not in str(missing) or not tries_left:
            print(f"setup: broker: the embedded one alone ({missing}), tests of a real Kafka are skipped")
            break
PYTHON
