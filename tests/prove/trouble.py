"""Breaches of what trouble may do: waiting, dead letters, a broker that fails, a replay (D5 to D7)."""

from __future__ import annotations

from tests.prove.breach import Breach, Edit, breach
from tests.prove.delivery import (
    CONSUMER,
    IN_TROUBLE,
    JOBS,
    KAFKA,
    KIT,
    LETTERS,
    LIMIT,
    OFFSETS,
    ON_KAFKA,
    ONE_RECORD,
    SETTINGS,
)

STRANGE = f"{KIT}/test_strange_headers.py"

D5 = (
    breach(
        "D5",
        "what failed in company is not tried alone",
        CONSUMER,
        "            seat.dissolve()\n            await seat.turn\n",
        '            seat.dissolve()\n            return "failed"\n',
        IN_TROUBLE,
    ),
    breach(
        "D5",
        "a record nobody can read is tried three times",
        CONSUMER,
        "            except Poison as error:\n",
        "            except ZeroDivisionError as error:\n",
        ONE_RECORD,
    ),
    breach(
        "D5",
        "an outage empties the topic into the dead letters",
        CONSUMER,
        "                if isinstance(error, Transient) or is_transient(error):\n",
        "                if isinstance(error, KeyboardInterrupt):\n",
        ONE_RECORD,
    ),
    breach(
        "D5",
        "a wait does not poll, so the group takes the partition away",
        KAFKA,
        "        for partition, records in (await self._consumer.getmany(timeout_ms=0)).items():\n",
        "        for partition, records in ():\n",
        ON_KAFKA,
    ),
    breach(
        "D5",
        "no number of dead letters stops the consumer",
        CONSUMER,
        "        if self._limit.reached:\n",
        "        if self._limit is None:\n",
        ONE_RECORD,
    ),
    breach(
        "D5",
        "one handled record in between hides a topic that fails by the tenth",
        "shared/dead_letter.py",
        "return self._row > self._in_a_row or sum(self._recent) > self._allowed",
        "return self._row > self._in_a_row",
        LIMIT,
        ONE_RECORD,
    ),
    breach(
        "D5", "anything else is tried for ever", CONSUMER, "if tries >= TRIES:", "if tries >= TRIES * 3:", ONE_RECORD
    ),
    breach(
        "D5",
        "a job that meets an outage dies",
        "shared/jobs.py",
        "                if isinstance(error, Transient) or is_transient(error):\n",
        "                if isinstance(error, KeyboardInterrupt):\n",
        JOBS,
    ),
)


D6 = (
    breach(
        "D6",
        "records given back are not rewound",
        OFFSETS,
        "        for record in self._rest:\n",
        "        for record in ():\n",
        "tests/unit/shared/test_offsets.py",
    ),
    breach(
        "D6",
        "headers reach FastStream as they came",
        KAFKA,
        "    message = await original(dataclasses.replace(record, headers=()))\n",
        "    message = await original(record)\n",
        STRANGE,
    ),
    breach(
        "D6",
        "a new group starts at the end",
        KAFKA,
        'auto_offset_reset="earliest"',
        'auto_offset_reset="latest"',
        SETTINGS,
    ),
    breach("D6", "the leader's word is enough", KAFKA, 'acks="all"', "acks=1", SETTINGS),
    breach(
        "D6",
        "retries may double and turn round",
        KAFKA,
        "enable_idempotence=True",
        "enable_idempotence=False",
        SETTINGS,
    ),
    Breach(
        "D6",
        "a record's reply address is answered",
        (
            Edit(KAFKA, "        no_reply=True,\n", ""),
            Edit(KAFKA, "        consumer_only=True,\n", ""),
            Edit(
                KAFKA,
                "    message = await original(dataclasses.replace(record, headers=()))\n",
                "    message = await original(record)\n",
            ),
        ),
        (STRANGE,),
    ),
    breach(
        "D6",
        "members are static on the embedded broker too",
        KAFKA,
        'group_instance_id=None if cluster.embedded else f"{group}-{instance}"',
        'group_instance_id=f"{group}-{instance}"',
        SETTINGS,
    ),
)


D7 = (
    breach("D7", "headers are not kept", CONSUMER, "headers=list(record.headers)", "headers=[]", LETTERS),
    breach(
        "D7",
        "the bytes stand in the database as they came",
        "shared/dead_letter.py",
        "await self._vault.seal(tx, day, plain)",
        "plain",
        LETTERS,
    ),
    breach(
        "D7",
        "a replay is a new event",
        "shared/dead_letter.py",
        "            headers, body = await self._unseal(unit, row)\n            if",
        "            headers, body = await self._unseal(unit, row)\n"
        '            headers = [(n, str(self._ids.new()).encode() if n == "ce_id" else v) for n, v in headers]\n'
        "            if",
        LETTERS,
    ),
    breach(
        "D7",
        "a replay that cannot be read counts as replayed",
        "shared/dead_letter.py",
        '            row = await self._settle(unit, dead_letter_id, "replayed", person)\n',
        "            async with outbox.transaction() as first:\n"
        '                row = await self._settle(first, dead_letter_id, "replayed", person)\n',
        LETTERS,
    ),
)

TROUBLE = (*D5, *D6, *D7)
