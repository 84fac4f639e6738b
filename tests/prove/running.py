"""Breaches of how a service lives: trouble, stops, readiness, doors (D8 to D11)."""

from __future__ import annotations

from tests.prove.breach import Breach, Edit, breach
from tests.prove.delivery import JOBS, ONE_RECORD

OUTAGES = "tests/failure/test_outages.py"
EMBEDDED = "tests/integration/kit/test_embedded_broker.py"
ROOM = "tests/unit/shared/test_read_ahead.py"

D8 = (
    breach(
        "D8",
        "the relay expects only the usual errors of a database",
        "shared/relay.py",
        "            except Exception as error:  # a killed session is none of the usual types: drop everything, start again\n",
        "            except (asyncpg.PostgresError, OSError) as error:\n",
        OUTAGES,
    ),
    breach(
        "D8",
        "a loop that ends is not missed",
        "shared/runtime.py",
        "        if task.cancelled() or self._stopping:\n            return\n",
        "        return\n",
        OUTAGES,
        named="test_D8_a_loop",
    ),
    breach(
        "D8",
        "a pool waits for a connection for ever",
        "shared/pool.py",
        "        async with asyncio.timeout(seconds):\n",
        "        async with asyncio.timeout(None):\n",
        OUTAGES,
        named="test_D8_a_pool",
    ),
    breach(
        "D8",
        "a statement may take as long as it likes",
        "shared/postgres.py",
        "command_timeout=command_timeout,\n",
        "\n",
        OUTAGES,
        named="test_D8_a_pool",
    ),
)

D9 = (
    breach(
        "D9",
        "records read before a rebalance are handled after it",
        "shared/gathering.py",
        "            if not standstill.ours(rest[0]):\n                raise GivenBack\n",
        "",
        "tests/integration/kit/test_together_in_trouble.py",
    ),
    breach(
        "D9",
        "a job cut off by a stop is deleted",
        "shared/jobs.py",
        "            except (Exception, asyncio.CancelledError) as error:\n",
        "            except Exception as error:\n",
        JOBS,
    ),
    breach(
        "D9",
        "the relay runs ahead of its readers without bound",
        "shared/local/read_ahead.py",
        "    limit: int = 2 * 1024 * 1024\n",
        "    limit: int = 2**62\n",
        EMBEDDED,
        named="test_D9_twenty",
    ),
    breach(
        "D9",
        "a restart of the embedded broker tells nothing again",
        "shared/local/resend.py",
        "            if missing:\n",
        "            if not missing:\n",
        EMBEDDED,
        named="test_D9_a_restart",
    ),
    breach(
        "D9",
        "room is taken when the broker answered, not before",
        "shared/local/read_ahead.py",
        "        self._held.update(dict.fromkeys(readers, size))\n",
        "",
        ROOM,
    ),
    breach(
        "D9",
        "a stop waits for the trouble of the world to end",
        "shared/consumer.py",
        "        if self._stopping.is_set():\n            raise GivenBack\n\n    def _span",
        "        return\n\n    def _span",
        ONE_RECORD,
        named="test_D5_a_wait_ends_at_once",
    ),
)

D10 = (
    breach(
        "D10",
        "waiting for the world is ready",
        "shared/readiness.py",
        "        if self._progress.retrying_since is not None:\n            found.append",
        "        if self._progress.retrying_since is None:\n            list().append",
        OUTAGES,
    ),
    breach(
        "D10",
        "a stuck consumer stays",
        "shared/readiness.py",
        "        while self.still_seconds() <= self._stuck_after:\n",
        "        while True:\n",
        OUTAGES,
        named="test_D10_a_consumer_that_is_behind",
    ),
    breach(
        "D10",
        "idle is stuck",
        "shared/readiness.py",
        "        if self._behind_since is None or progress.retrying_since is not None or progress.halted:\n"
        "            return 0.0\n"
        "        return self._clock.monotonic() - max(progress.moved_at, self._behind_since)\n",
        "        return self._clock.monotonic() - progress.moved_at\n",
        OUTAGES,
        named="test_D10_a_consumer_that_is_behind",
    ),
    breach(
        "D10",
        "a consumer that joined no group is ready",
        "shared/readiness.py",
        "        if subscription is None or not subscription.joined:\n",
        "        if subscription is None:\n",
        "tests/unit/shared/test_subscription.py",
    ),
    breach(
        "D10",
        "an outbox that does not drain is ready",
        "shared/readiness.py",
        "        if outbox.oldest_seconds > OLD_EVENT_SECONDS:\n",
        "        if outbox.oldest_seconds < 0:\n",
        OUTAGES,
        named="test_D10_an_old",
    ),
)

D11 = (
    breach(
        "D11",
        "a service gives up when Kafka is away at its start",
        "shared/runtime.py",
        '            except Exception as error:\n                self.resources.telemetry.log.warning("consumer.not_joined"',
        "            except ZeroDivisionError as error:\n"
        '                self.resources.telemetry.log.warning("consumer.not_joined"',
        OUTAGES,
    ),
    Breach(
        "D11",
        "a request waits until its event is published",
        (
            Edit(
                "shared/outbox.py",
                "        if told:\n            self.wake.set()\n",
                "        if told:\n            self.wake.set()\n"
                "            async with asyncio.timeout(3):\n"
                '                while await self.db.fetchval("SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"):\n'
                "                    await asyncio.sleep(0.05)\n",
            ),
        ),
        (OUTAGES,),
    ),
)

RUNNING = (*D8, *D9, *D10, *D11)
