"""Breaches of what happens to one record and to one row of the outbox (D1 to D4)."""

from __future__ import annotations

from tests.prove.breach import Breach, Edit, breach

KIT = "tests/integration/kit"
ONE_RECORD = f"{KIT}/test_delivery.py"
ON_KAFKA = f"{KIT}/test_on_kafka.py"
JOBS = f"{KIT}/test_jobs.py"
LETTERS = f"{KIT}/test_dead_letters.py"
SETTINGS = "tests/unit/shared/test_kafka_settings.py"
LIMIT = "tests/unit/shared/test_dead_letter_limit.py"
RELAY = "tests/failure/test_relay.py"
CRASHES = "tests/failure/test_crash_points.py"
ORDERS = "tests/failure/test_interleavings.py"
TOGETHER = f"{KIT}/test_together.py"
IN_TROUBLE = f"{KIT}/test_together_in_trouble.py"
CONSUMER, KAFKA = "shared/consumer.py", "shared/kafka.py"
COMPANY, GATHERING, OFFSETS = "shared/company.py", "shared/gathering.py", "shared/offsets.py"

D1 = (
    breach(
        "D1",
        "a record that cannot be read is logged and forgotten",
        CONSUMER,
        'return await self._set_aside(record, error, "poison", max(tries + 1, 1), first_seen, standstill)',
        'return "dead:poison"',
        ON_KAFKA,
    ),
    breach(
        "D1",
        "the dead letter is written after the acknowledgement",
        CONSUMER,
        "                await self._dead.keep(failure)\n                break\n",
        "                asyncio.ensure_future(self._dead.keep(failure))\n                break\n",
        ONE_RECORD,
    ),
    breach(
        "D1",
        "a job's key also blocks what is asked for while it runs",
        "shared/jobs.py",
        "                await self._outbox.db.execute(_FREE_KEY, job.id)\n",
        "",
        JOBS,
    ),
)

D2 = (
    breach(
        "D2",
        "the offset is committed before the handler ran",
        KAFKA,
        "ack_policy=AckPolicy.NACK_ON_ERROR",
        "ack_policy=AckPolicy.ACK_FIRST",
        ON_KAFKA,
    ),
    breach(
        "D2",
        "the inbox is asked and not obeyed",
        "shared/inbox.py",
        "                raise AlreadyHandled\n",
        "                pass\n",
        ONE_RECORD,
    ),
    breach(
        "D2",
        "the inbox row is committed before the state",
        "shared/inbox.py",
        "if not await unit.fetchval(_ENTER, self._work_id, self._topic):",
        "if not await self.db.fetchval(_ENTER, self._work_id, self._topic):",
        CRASHES,
    ),
    breach(
        "D2",
        "events are written after the state was committed",
        "shared/outbox.py",
        "            yield unit\n            told = await unit.flush()\n",
        "            yield unit\n        async with self.db.transaction() as tx:\n            unit.connection = tx.connection\n"
        "            told = await unit.flush()\n",
        CRASHES,
    ),
    breach(
        "D2",
        "a handler writes beside its transaction",
        "services/claim_extraction/handlers.py",
        "        if not await store.save_tip(tx, tip):\n",
        "        if not await store.save_tip(work.db, tip):\n",
        CRASHES,
        named="test_D2_ and claim_extraction",
    ),
    breach(
        "D2",
        "a handler goes on before its company was committed",
        COMPANY,
        "        await entry.over\n        if not entry.committed:\n            raise Alone\n",
        "",
        TOGETHER,
    ),
    breach(
        "D2",
        "a twin in a company writes again",
        COMPANY,
        "        if not entry.new:\n            raise AlreadyHandled\n",
        "",
        TOGETHER,
    ),
    breach(
        "D2",
        "a company that could not be committed is taken for committed",
        COMPANY,
        "        except Exception:\n            self.dissolve()\n            return\n",
        "        except Exception:\n            pass\n",
        IN_TROUBLE,
    ),
)

D3 = (
    breach(
        "D3",
        "records of one key share a company",
        GATHERING,
        "            if record.key in keys or (keys and loop.time() > until):\n",
        "            if keys and loop.time() > until:\n",
        TOGETHER,
    ),
    breach(
        "D3",
        "the relay follows a cursor on the last position",
        "shared/relay.py",
        "FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1\n",
        "FROM outbox WHERE position > coalesce((SELECT max(position) FROM outbox WHERE published_at IS NOT NULL), 0)\n"
        "ORDER BY position LIMIT $1\n",
        RELAY,
    ),
    Breach(
        "D3",
        "several relays share the rows with SKIP LOCKED",
        (
            Edit("shared/relay.py", "if await connection.fetchval(_LEAD):", "if True:"),
            Edit(
                "shared/relay.py",
                "FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT $1\n",
                "FROM outbox WHERE published_at IS NULL ORDER BY position LIMIT least($1, 5) FOR UPDATE SKIP LOCKED\n",
            ),
            Edit(
                "shared/relay.py",
                "            rows = await self._pending(connection)\n",
                '            await connection.execute("BEGIN")\n            rows = await self._pending(connection)\n',
            ),
            Edit(
                "shared/relay.py",
                "                await connection.execute(_SENT, done)\n",
                '                await connection.execute(_SENT, done)\n            await connection.execute("COMMIT")\n',
            ),
        ),
        (RELAY,),
    ),
    breach(
        "D3",
        "what the broker took is marked although an earlier row failed",
        "shared/relay.py",
        "            if result is None and key not in stopped:\n",
        "            if result is None:\n",
        RELAY,
    ),
    breach(
        "D3",
        "a refused key is tried again at once, before everything behind it",
        "shared/relay.py",
        "        self._held[key] = Hold(seconds, asyncio.get_running_loop().time() + seconds)\n",
        "        self._held[key] = Hold(seconds, 0.0)\n",
        RELAY,
    ),
    breach(
        "D3",
        "rows are marked as published before they are sent",
        "shared/relay.py",
        "            results = await self._publish(sender, rows)\n",
        '            await connection.execute(_SENT, [row["position"] for row in rows])\n'
        "            results = await self._publish(sender, rows)\n",
        CRASHES,
        RELAY,
    ),
)

D4 = (
    breach(
        "D4",
        "the directory keeps whatever it heard last",
        "shared/directory.py",
        "\nWHERE (site.epoch, site.counter) < ($2, $3)\n",
        "\n",
        ORDERS,
        named="test_D4_ and directory",
    ),
    breach(
        "D4",
        "claim extraction reads an older article again",
        "services/claim_extraction/handlers.py",
        "        if article.version <= held.sheet.article_version:\n            return\n",
        "",
        ORDERS,
        named="test_D4_ and claim_extraction",
    ),
    Breach(
        "D4",
        "verification takes an older sheet for a newer one",
        (
            Edit(
                "services/verification/handlers.py",
                "        if sheet.version <= known.sheet.version:\n            return\n",
                "",
            ),
            Edit(
                "services/verification/model/subject.py",
                "    if sheet.version <= known.sheet.version:\n        return known\n",
                "",
            ),
        ),
        (ORDERS,),
        named="test_D4_ and verification",
    ),
)


DELIVERY = (*D1, *D2, *D3, *D4)
