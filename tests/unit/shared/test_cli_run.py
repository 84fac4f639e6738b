"""What ends a command is one line and an exit code, never a stack trace."""

from __future__ import annotations

import pytest
import typer

from shared.cli import FAILED, NOT_REACHABLE, WRONG_USE, run
from shared.errors import Refused, Transient
from shared.local.process import ServerFailed
from shared.retrieval.errors import EncoderDamaged, EncoderUnavailable
from shared.settings import WrongSettings


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("WRONG", "that is wrong", field="name"), WRONG_USE),
        (ServerFailed("it did not start"), FAILED),
        (EncoderUnavailable("no encoder; run `plumbline models build`"), FAILED),
        (EncoderDamaged("the encoder does not match its manifest"), FAILED),
        (Transient("away"), NOT_REACHABLE),
        (WrongSettings(("PLUMBLINE_MASTER_KEY", "is not 32 bytes in base64")), WRONG_USE),
        (FileNotFoundError(2, "No such file or directory", "/nowhere/file"), FAILED),
        (ConnectionRefusedError("away"), NOT_REACHABLE),
    ],
    ids=lambda value: type(value).__name__,
)
def test_S7_a_command_that_fails_says_why_in_a_line(
    error: Exception, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run(work())
    said = capsys.readouterr().err
    assert ended.value.exit_code == code
    named = isinstance(error, OSError) and bool(error.filename)
    expected = f"/nowhere/file {error.args[1]}" if named else str(error)
    assert expected in " ".join(said.split())
    assert "Traceback" not in said
