"""What a simulated Postgres keeps of one database: committed rows, row locks, session locks, transactions.

As in Postgres at READ COMMITTED: a statement sees what is committed when it runs, and its own transaction's rows; a
row (or a key about to be inserted) is locked until its transaction ends, and whoever wants it waits; numbers drawn
from a sequence are never given back, so positions can be committed out of order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg

Row = dict[str, Any]
Key = tuple[str, Any]
"""Table and primary key."""
Statement = Callable[["View", tuple[Any, ...]], Generator[Key, None, list[Row]]]
"""Yields the keys it has to lock, in order, and returns its rows."""


@dataclass(slots=True, eq=False)
class Transaction:
    """Rows changed and keys locked so far; `failed` when a statement raised."""

    changed: dict[Key, Row] = field(default_factory=dict)
    locked: list[Key] = field(default_factory=list)
    waits_for: Key | None = None
    failed: bool = False
    over: bool = False


@dataclass(slots=True)
class Waiting:
    """A statement that stands at a lock."""

    transaction: Transaction
    goes_on: Callable[[], None]


class Store:
    """One database, shared by its sessions."""

    def __init__(self, now: Callable[[], Any]) -> None:
        self.now = now
        self.rows: dict[str, dict[Any, Row]] = {}
        self.advisory: dict[str, Any] = {}
        self.listening: dict[Any, None] = {}
        self._numbers: Counter[str] = Counter()
        self._owner: dict[Key, Transaction] = {}
        self._queue: dict[Key, list[Waiting]] = {}

    def table(self, name: str) -> dict[Any, Row]:
        """The committed rows of a table by primary key."""
        return self.rows.setdefault(name, {})

    def draw(self, sequence: str) -> int:
        self._numbers[sequence] += 1
        return self._numbers[sequence]

    def take(self, transaction: Transaction, key: Key, goes_on: Callable[[], None]) -> bool:
        """Lock a key; False when somebody has it: `goes_on` is called once it is ours. Raises when that would never be."""
        owner = self._owner.get(key)
        if owner is None or owner is transaction:
            if owner is None:
                self._owner[key] = transaction
                transaction.locked.append(key)
            return True
        transaction.waits_for = key
        if self._in_a_circle(transaction):
            transaction.waits_for = None
            raise asyncpg.DeadlockDetectedError("deadlock detected")
        self._queue.setdefault(key, []).append(Waiting(transaction, goes_on))
        return False

    def _in_a_circle(self, start: Transaction) -> bool:
        at: Transaction | None = start
        while at is not None and at.waits_for is not None:
            at = self._owner.get(at.waits_for)
            if at is start:
                return True
        return False

    def end(self, transaction: Transaction, *, commit: bool) -> None:
        """Make its rows visible, all at once, or drop them; then those who waited go on."""
        if transaction.over:
            return
        transaction.over = True
        if commit and not transaction.failed:
            for (table, key), row in transaction.changed.items():
                self.table(table)[key] = row
        for key in transaction.locked:
            self._owner.pop(key, None)
        for key in transaction.locked:
            self._next(key)

    def is_being_written(self, transaction: Transaction, key: Key) -> bool:
        """Whether somebody else changed this row and has not ended yet."""
        owner = self._owner.get(key)
        return owner is not None and owner is not transaction and key in owner.changed

    def release(self, transaction: Transaction, key: Key) -> None:
        """Give one lock back early: nothing was done under it."""
        transaction.locked.remove(key)
        self._owner.pop(key, None)
        self._next(key)

    def _next(self, key: Key) -> None:
        queue = [each for each in self._queue.pop(key, []) if not each.transaction.over]
        if queue:
            first, self._queue[key] = queue[0], queue[1:]
            self._owner[key] = first.transaction
            first.transaction.locked.append(key)
            first.transaction.waits_for = None
            first.goes_on()


class View:
    """What a statement sees and changes: the committed rows under its transaction's own."""

    def __init__(self, store: Store, transaction: Transaction, session: Any) -> None:
        self.store, self.transaction, self.session = store, transaction, session

    def get(self, table: str, key: Any) -> Row | None:
        changed = self.transaction.changed.get((table, key))
        return changed if changed is not None else self.store.table(table).get(key)

    def all(self, table: str) -> Iterator[Row]:
        """Every row, own changes included, in no promised order."""
        own = {key: row for (name, key), row in self.transaction.changed.items() if name == table}
        for key, row in self.store.table(table).items():
            yield own.pop(key, row)
        yield from own.values()

    def free_to_insert(self, table: str, key: Any) -> Generator[Key, None, bool]:
        """ON CONFLICT DO NOTHING: waits for whoever is writing the same key; a row that stands is not locked."""
        if self.get(table, key) is not None and not self.store.is_being_written(self.transaction, (table, key)):
            return False
        yield table, key
        if self.get(table, key) is None:
            return True
        self.store.release(self.transaction, (table, key))
        return False

    def put(self, table: str, key: Any, row: Row) -> None:
        """Insert or replace a row whose key this transaction has locked, or that nobody else can know."""
        self.transaction.changed[table, key] = row
