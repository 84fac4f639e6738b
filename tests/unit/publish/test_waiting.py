"""Places to wait are counted in all and by source, and given back."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from services.publish.waiting import Waits
from shared.quota import TooMany


def test_S7_no_more_wait_than_there_are_places_and_none_takes_anothers() -> None:
    waits = Waits(whole=3, each=2)
    with ExitStack() as held:
        held.enter_context(waits.hold("cms"))
        held.enter_context(waits.hold("cms"))
        with pytest.raises(TooMany) as refused, waits.hold("cms"):
            pass
        assert refused.value.retry_after >= 1
        held.enter_context(waits.hold("other"))
        with pytest.raises(TooMany), waits.hold("third"):
            pass
        assert waits.now == 3
    assert waits.now == 0
    with waits.hold("third"):
        assert waits.now == 1


def test_a_place_is_given_back_when_waiting_fails() -> None:
    waits = Waits(whole=1, each=1)
    with pytest.raises(RuntimeError), waits.hold("cms"):
        raise RuntimeError
    assert waits.now == 0
