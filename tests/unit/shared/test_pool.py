"""The pool's bookkeeping, over connections that only say how they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.pool import Closed, Pool
from shared.testing.kit import eventually
from shared.testing.patience import PATIENCE


@dataclass(eq=False, slots=True)
class Fake:
    """A connection as far as a pool looks at one."""

    closed: bool = False
    in_transaction: bool = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.in_transaction

    async def close(self, timeout: float) -> None:
        await asyncio.sleep(0)
        self.closed = True

    def terminate(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Server:
    """Opens fakes; refuses so many times first."""

    opened: list[Fake] = field(default_factory=list)
    refusals: int = 0

    async def open_one(self) -> Any:
        await asyncio.sleep(0)
        if self.refusals:
            self.refusals -= 1
            raise ConnectionRefusedError
        self.opened.append(Fake())
        return self.opened[-1]


async def test_D8_the_connection_used_last_is_lent_first() -> None:
    server = Server()
    pool = Pool(server.open_one, 3)
    one, two = await pool.acquire(PATIENCE), await pool.acquire(PATIENCE)
    pool.release(one, sound=True)
    pool.release(two, sound=True)
    assert await pool.acquire(PATIENCE) is two
    assert await pool.acquire(PATIENCE) is one
    assert len(server.opened) == 2


async def test_D8_no_more_than_its_size_is_ever_open_and_those_who_wait_are_served_in_turn() -> None:
    server = Server()
    pool = Pool(server.open_one, 2)
    served: list[int] = []
    most = 0

    async def use(number: int) -> None:
        nonlocal most
        connection = await pool.acquire(5)
        most = max(most, sum(not fake.closed for fake in server.opened))
        await asyncio.sleep(0)
        served.append(number)
        pool.release(connection, sound=True)

    await asyncio.gather(*(use(number) for number in range(50)))
    assert served == list(range(50))
    assert most == 2


async def test_D8_a_wait_ends_in_time_and_takes_nothing_with_it() -> None:
    pool = Pool(Server().open_one, 1)
    lent = await pool.acquire(PATIENCE)
    with pytest.raises(TimeoutError):
        await pool.acquire(0.01)
    pool.release(lent, sound=True)
    assert await pool.acquire(0.01) is lent


async def test_D8_a_connection_handed_to_a_waiter_that_just_gave_up_is_not_lost() -> None:
    pool = Pool(Server().open_one, 1)
    lent = await pool.acquire(PATIENCE)
    waiter = asyncio.create_task(pool.acquire(5))
    await asyncio.sleep(0)
    pool.release(lent, sound=True)
    waiter.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiter
    assert await pool.acquire(0.05) is lent


@pytest.mark.parametrize("state", ["unsound", "closed", "in a transaction"])
async def test_D8_a_doubtful_connection_is_never_lent_again(state: str) -> None:
    server = Server()
    pool = Pool(server.open_one, 1)
    lent: Any = await pool.acquire(PATIENCE)
    lent.closed, lent.in_transaction = state == "closed", state == "in a transaction"
    pool.release(lent, sound=state != "unsound")
    assert await pool.acquire(PATIENCE) is not lent
    await eventually(lambda: lent.closed)


async def test_D8_a_connection_that_died_while_idle_is_passed_over() -> None:
    pool = Pool(Server().open_one, 1)
    lent: Any = await pool.acquire(PATIENCE)
    pool.release(lent, sound=True)
    lent.closed = True
    assert await pool.acquire(PATIENCE) is not lent


async def test_D8_when_opening_fails_the_next_one_in_line_tries() -> None:
    pool = Pool(Server(refusals=1).open_one, 1)
    first, second = asyncio.create_task(pool.acquire(PATIENCE)), asyncio.create_task(pool.acquire(PATIENCE))
    await asyncio.wait([first])
    assert isinstance(first.exception(), ConnectionRefusedError)
    assert await second


async def test_D8_closing_waits_for_what_is_lent_and_lends_nothing_more() -> None:
    server = Server()
    pool = Pool(server.open_one, 2)
    lent, idle = await pool.acquire(PATIENCE), await pool.acquire(PATIENCE)
    pool.release(idle, sound=True)
    closing = asyncio.create_task(pool.close())
    await asyncio.sleep(0.01)
    assert not closing.done()
    with pytest.raises(Closed):
        await pool.acquire(PATIENCE)
    pool.release(lent, sound=True)
    await asyncio.wait_for(closing, PATIENCE)
    assert all(fake.closed for fake in server.opened)


async def test_D8_terminating_drops_everything_at_once() -> None:
    server = Server()
    pool = Pool(server.open_one, 2)
    await pool.acquire(PATIENCE)
    pool.release(await pool.acquire(PATIENCE), sound=True)
    pool.terminate()
    assert all(fake.closed for fake in server.opened)
