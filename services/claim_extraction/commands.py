"""Commands that run the claim engine without a service: a look at a text, and the weights it runs on."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from shared.cli import FAILED, AsJson, Commands, err, out, print_rows, run
from shared.errors import Refused
from shared.settings import KitSettings

LONGEST_NAME = 250


def attach(app: typer.Typer, _commands: Commands) -> None:
    """Add them to `app`."""
    models = typer.Typer(no_args_is_help=True, help="Weights the product runs on.")
    app.add_typer(models, name="models")

    @app.command()
    def check(
        text: Annotated[str, typer.Argument(help="A sentence, or a file with an article's text.")],
        as_json: AsJson = False,
    ) -> None:
        """Find the claims in a sentence or a file and show what was read from them. Nothing is stored or sent."""
        from services.claim_extraction.checking import check_text

        rows = check_text(run(asyncio.to_thread(_words_of, text)), KitSettings().home / "models" / "encoder")
        columns = ("claim", "who", "numbers and dates", "worth checking", "why")
        print_rows(rows, columns, as_json=as_json, title="Claims")

    @models.command("build")
    def build_models(
        check_worthiness: Annotated[
            Path | None,
            typer.Option(
                help="Labelled sentences, JSON list of {text, label}: train the judge of check-worthiness, too."
            ),
        ] = None,
        into: Annotated[
            Path | None, typer.Option(help="Folder for the trained weights; the shipped ones by default.")
        ] = None,
        source: Annotated[str, typer.Option(help="Name of the labelled set, for the manifest.")] = "",
        licence: Annotated[str, typer.Option(help="Its licence, for the manifest.")] = "",
    ) -> None:
        """Build the sentence encoder from the installed weights (about half a minute)."""
        from services.claim_extraction.engine.training import build_check_worthiness
        from services.claim_extraction.engine.worthiness import WEIGHTS
        from shared.retrieval.encoder import Encoder, build_encoder

        if check_worthiness is not None:
            run(asyncio.to_thread(_check_labelled, check_worthiness))
        folder = KitSettings().home / "models" / "encoder"
        with out.status("Building the sentence encoder ..."):
            manifest = build_encoder(folder)
        out.print(f"built {folder} ({manifest})")
        if check_worthiness is not None:
            with out.status("Training the judge of check-worthiness ..."):
                target = into or WEIGHTS
                trained = build_check_worthiness(
                    check_worthiness, Encoder(folder), out=target, source=source, licence=licence
                )
            out.print(f"trained {target}: sha256 {trained.sha256}")

    @models.command("check")
    def check_models() -> None:
        """Whether the encoder is built and whole; exit 1 when it is not."""
        from shared.retrieval.encoder import Encoder

        folder = KitSettings().home / "models" / "encoder"
        try:
            out.print(f"encoder {Encoder(folder).model_hash}")
        except Exception as error:
            err.print(f"[red]the encoder is not usable[/red] ({type(error).__name__}): run `plumbline models build`")
            raise typer.Exit(FAILED) from error


def _check_labelled(path: Path) -> None:
    """Raises Refused for what cannot be trained on, before anything is built."""
    from services.claim_extraction.engine.training import Sample

    try:
        Sample.read(path)
    except (OSError, ValueError) as error:
        raise Refused("NO_SENTENCES", f"{path} cannot be trained on: {error}", field="check-worthiness") from error


def _words_of(text: str) -> str:
    """The text itself or what the file of this name holds. Raises Refused."""
    file = Path(text)
    words = text
    if text and len(text) < LONGEST_NAME and file.is_file():
        try:
            words = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise Refused("NOT_TEXT", f"{file.name} holds no text in UTF-8.", field="text") from None
    elif len(text.split()) == 1:
        raise Refused("NO_TEXT", "There is no file of this name, and one word is no sentence.", field="text")
    if not words.strip():
        raise Refused("NO_TEXT", "Give a sentence or the name of a file with text in it.", field="text")
    return words
