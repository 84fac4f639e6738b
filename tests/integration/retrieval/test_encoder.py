from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from shared.retrieval.encoder import MODEL, Encoder, Manifest, build_encoder
from shared.retrieval.errors import EncoderDamaged, EncoderUnavailable


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    build_encoder(folder)
    return folder


@pytest.fixture(scope="session")
def encoder(folder: Path) -> Encoder:
    return Encoder(folder)


def test_the_built_encoder_stays_close_to_the_original(folder: Path) -> None:
    manifest = Manifest.read(folder)
    assert manifest.mean_cosine >= 0.99
    assert manifest.min_cosine >= 0.97


def test_two_builds_are_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert build_encoder(tmp_path) == Manifest.read(folder)


def test_vectors_are_unit_length_and_in_the_order_asked(encoder: Encoder) -> None:
    texts = [
        "Rents rose.",
        "",
        "The committee met on Tuesday to discuss the budget of the harbour authority",
        "Rents fell.",
    ]
    together = encoder.encode(texts)
    assert together.shape == (4, 384)
    assert together.dtype == np.float32
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-4)
    # int8 activations are scaled per batch, so a text's company moves its vector a little
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.95


def test_near_in_meaning_is_near_in_space(encoder: Encoder) -> None:
    a, b, c = encoder.encode(["A cat sits on the mat", "A kitten is on the rug", "The central bank raised rates"])
    assert a @ b > a @ c + 0.3


def test_several_threads_share_one_encoder(encoder: Encoder) -> None:
    texts = [f"Sentence number {n} about the price of bread" for n in range(8)]
    wanted, wrong = encoder.encode(texts), list[int]()

    def work(n: int) -> None:
        if not np.allclose(encoder.encode(texts), wanted, atol=1e-5):
            wrong.append(n)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_missing_or_altered_encoder_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable):
        Encoder(tmp_path)
    with pytest.raises(EncoderUnavailable):
        build_encoder(tmp_path, package="no_such_wheel_here")
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    with (tmp_path / MODEL).open("r+b") as file:
        file.seek(1000)
        file.write(b"\x00\x01\x02\x03")
    with pytest.raises(EncoderDamaged):
        Encoder(tmp_path)
