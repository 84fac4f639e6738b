"""Breaches of what telemetry promises (T1 to T5)."""

from __future__ import annotations

from tests.prove.breach import breach

TRACES = "tests/telemetry/test_traces.py"
NAMES = "tests/telemetry/test_names.py"
SECRECY = "tests/telemetry/test_secrecy.py"
LAG = "tests/telemetry/test_lag.py"
BUDGET = "tests/telemetry/test_budget.py"
CONSUMER = "shared/consumer.py"

T1 = (
    breach(
        "T1",
        "a consumer starts a trace of its own",
        CONSUMER,
        "            parent=parent,\n",
        '            parent="",\n',
        TRACES,
    ),
    breach("T1", "a consumer does not link what it handles", CONSUMER, "            link=created,\n", "", TRACES),
    breach(
        "T1",
        "the relay writes itself into the article's trace",
        "shared/handover.py",
        "                root=True,\n",
        "                parent=part[0].traceparent,\n",
        TRACES,
    ),
    breach(
        "T1",
        "an event is told in a trace of its own",
        "shared/telemetry/spans.py",
        "SpanKind.PRODUCER, attributes=attributes)",
        "SpanKind.PRODUCER, root=True, attributes=attributes)",
        TRACES,
    ),
    breach(
        "T1",
        "a job forgets who asked for it",
        "shared/outbox.py",
        '"traceparent": self._outbox.tracing.traceparent()',
        '"traceparent": ""',
        TRACES,
    ),
)

T2 = (
    breach(
        "T2",
        "an attribute is emitted that nobody declared",
        CONSUMER,
        "            names.GROUP: self._group,\n",
        '            names.GROUP: self._group,\n            "plumbline.extra": 1,\n',
        NAMES,
    ),
    breach(
        "T2",
        "a declared attribute is never emitted",
        CONSUMER,
        "        span.set_attribute(names.MESSAGE_ID, str(envelope.event_id))\n",
        "",
        NAMES,
    ),
    breach(
        "T2",
        "a declared metric is never reported",
        CONSUMER,
        "        metrics.observe(names.HANDLE_SECONDS, time.perf_counter() - started, topic=record.topic)\n",
        "",
        NAMES,
    ),
)

T3 = (
    breach(
        "T3",
        "a log tells an error's text",
        CONSUMER,
        '                    "record.failed", topic=record.topic, attempt=tries, error=type(error).__name__\n',
        '                    "record.failed", topic=record.topic, attempt=tries, error=str(error)\n',
        SECRECY,
    ),
    breach(
        "T3",
        "a span records the exception",
        "shared/telemetry/spans.py",
        "        except BaseException as error:\n            mark_failed(error)\n",
        "        except BaseException as error:\n            mark_failed(error)\n"
        "            span.set_attribute(names.RESULT, str(error))\n",
        SECRECY,
    ),
    breach(
        "T3",
        "only the top of a log line is cleaned",
        "shared/telemetry/logs.py",
        "        return [_clean(inner) for inner in value]\n",
        "        return list(value)\n",
        SECRECY,
    ),
    breach(
        "T3",
        "a record's headers become span attributes",
        CONSUMER,
        '            names.EVENT_TYPE: hears.type if hears is not None else "",\n',
        "            names.EVENT_TYPE: str(list(record.headers)),\n",
        SECRECY,
    ),
    breach("T3", "log lines have no trace id", "shared/telemetry/logs.py", "            _with_trace,\n", "", SECRECY),
)

T4 = (
    breach(
        "T4",
        "lag is read from the last fetch",
        "shared/kafka.py",
        "        ends = await consumer.end_offsets(assigned)\n",
        "        ends = {p: consumer.highwater(p) or 0 for p in assigned}\n",
        "tests/unit/shared/test_subscription.py",
    ),
    breach(
        "T4",
        "lag counts from where the consumer stands, not from the commit",
        "shared/kafka.py",
        "asyncio.gather(*(consumer.committed(partition) for partition in assigned))",
        "asyncio.gather(*(consumer.position(partition) for partition in assigned))",
        LAG,
    ),
    breach(
        "T4",
        "lag has no seconds",
        "shared/readiness.py",
        "        metrics.set(names.LAG_SECONDS, self.lag_seconds())\n",
        "        metrics.set(names.LAG_SECONDS, 0.0)\n",
        LAG,
    ),
    breach(
        "T4",
        "the outbox is as old as its youngest row",
        "shared/relay.py",
        "now() - min(created_at)",
        "now() - max(created_at)",
        LAG,
    ),
)

T5 = (
    breach(
        "T5",
        "each transaction asks some more",
        "shared/inbox.py",
        "            yield unit\n",
        '            await unit.fetchval("SELECT 1")\n            yield unit\n',
        BUDGET,
    ),
    breach(
        "T5",
        "statements are not counted",
        "shared/postgres.py",
        "            meter.statements += 1\n",
        "            pass\n",
        BUDGET,
    ),
    breach(
        "T5",
        "a record nobody here hears of has a span",
        CONSUMER,
        "        if self.concerns(record):\n",
        "        if True:\n",
        BUDGET,
    ),
    breach(
        "T5",
        "every statement is a transaction's own span",
        "shared/inbox.py",
        "        async with self._outbox.transaction() as unit:\n",
        '        with self._outbox.tracing.create(self._topic, "inbox"):\n            pass\n'
        "        async with self._outbox.transaction() as unit:\n",
        BUDGET,
    ),
)

TELEMETRY = (*T1, *T2, *T3, *T4, *T5)
