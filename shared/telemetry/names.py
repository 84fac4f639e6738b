"""Every span, attribute and metric the platform emits, declared once. A test compares this with what is emitted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SPAN_CREATE = "create {topic}"
SPAN_SEND = "send {topic}"
SPAN_PROCESS = "process {topic}"
SPAN_JOB = "run {job}"
SPAN_HTTP = "{method} {route}"
SPAN_RPC = "{method}"
SPANS = (SPAN_CREATE, SPAN_SEND, SPAN_PROCESS, SPAN_JOB, SPAN_HTTP, SPAN_RPC)

# OpenTelemetry semantic conventions 1.4x, messaging and database, spelled here because messaging is still in development.
SYSTEM = "messaging.system"
OPERATION_NAME = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
BATCH = "messaging.batch.message_count"
PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"
GROUP = "messaging.consumer.group.name"
MESSAGE_ID = "messaging.message.id"
EVENT_TYPE = "cloudevents.event_type"
SUBJECT = "cloudevents.event_subject"
EVENT_AGE = "plumbline.event.age"
RESULT = "plumbline.result"
ATTEMPTS = "plumbline.attempts"
STATEMENTS = "plumbline.db.statements"
STATEMENT_SECONDS = "plumbline.db.seconds"
ERROR_TYPE = "error.type"
HTTP_STATUS = "http.response.status_code"
HTTP_ROUTE = "http.route"
HTTP_METHOD = "http.request.method"
RPC_METHOD = "rpc.method"
RPC_STATUS = "rpc.response.status_code"
ATTRIBUTES = frozenset(
    {
        SYSTEM, OPERATION_NAME, OPERATION_TYPE, DESTINATION, BATCH, PARTITION, OFFSET, GROUP, MESSAGE_ID, EVENT_TYPE, SUBJECT,
        EVENT_AGE, RESULT, ATTEMPTS, STATEMENTS, STATEMENT_SECONDS, ERROR_TYPE, HTTP_STATUS, HTTP_ROUTE, HTTP_METHOD,
        RPC_METHOD, RPC_STATUS,
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: Prometheus name, kind, what it means, its labels; `only` names the one service that emits it."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    only: str = ""


HANDLED = Metric(
    "plumbline_messages_handled_total", "counter", "Records handled, by how they ended.", ("topic", "result")
)
HANDLE_SECONDS = Metric("plumbline_message_seconds", "histogram", "Seconds one record took to handle.", ("topic",))
EVENT_AGE_SECONDS = Metric(
    "plumbline_event_age_seconds", "histogram", "Age of an event when it was handled.", ("topic",)
)
RETRIES = Metric("plumbline_retries_total", "counter", "Times work was tried again.", ("kind",))
DEAD_LETTERS = Metric("plumbline_dead_letters_total", "counter", "Work set aside.", ("topic", "error"))
DEAD_LETTERS_OPEN = Metric("plumbline_dead_letters_open", "gauge", "Dead letters nobody has dealt with.", ())
HALTED = Metric("plumbline_halted", "gauge", "1 when the consumer or the jobs stopped until a person acts.", ())
LAG = Metric("plumbline_consumer_lag", "gauge", "Records between the end and the commit.", ("topic", "partition"))
LAG_SECONDS = Metric("plumbline_consumer_lag_seconds", "gauge", "Age of the oldest record not yet committed.", ())
OUTBOX_PENDING = Metric("plumbline_outbox_pending", "gauge", "Events not yet published.", ())
OUTBOX_OLDEST = Metric("plumbline_outbox_oldest_seconds", "gauge", "Age of the oldest event not yet published.", ())
PUBLISHED = Metric("plumbline_outbox_published_total", "counter", "Events published.", ("topic",))
JOBS = Metric("plumbline_jobs_total", "counter", "Jobs run, by how they ended.", ("kind", "result"))
STATEMENTS_TOTAL = Metric("plumbline_db_statements_total", "counter", "SQL statements sent while handling records.", ())
HTTP_SECONDS = Metric("plumbline_http_seconds", "histogram", "Seconds one request took.", ("route", "method", "status"))
RPC_SECONDS = Metric("plumbline_rpc_seconds", "histogram", "Seconds one call took.", ("method", "status"))
LOOKUPS = Metric(
    "plumbline_lookups_total",
    "counter",
    "Connectors asked about claims, by their answer.",
    ("connector", "answer"),
    "verification",
)
PLUGIN_REFUSED = Metric(
    "plumbline_plugin_refused_total",
    "counter",
    "Proposals of models that the gate refused.",
    ("plugin", "reason"),
    "verification",
)
SPENT_MICROS = Metric(
    "plumbline_spent_micros_total",
    "counter",
    "Millionths of their currency that paid providers cost.",
    ("provider",),
    "verification",
)
BUDGET_REFUSED = Metric(
    "plumbline_budget_refused_total",
    "counter",
    "Questions not asked because the day's budget was spent.",
    ("provider",),
    "verification",
)
READY = Metric("plumbline_ready", "gauge", "1 when ready.", ())
METRICS = (
    HANDLED, HANDLE_SECONDS, EVENT_AGE_SECONDS, RETRIES, DEAD_LETTERS, DEAD_LETTERS_OPEN, HALTED, LAG,
    LAG_SECONDS, OUTBOX_PENDING, OUTBOX_OLDEST, PUBLISHED, JOBS, STATEMENTS_TOTAL, HTTP_SECONDS, RPC_SECONDS, READY, LOOKUPS, PLUGIN_REFUSED,
    SPENT_MICROS, BUDGET_REFUSED,
)  # fmt: skip
