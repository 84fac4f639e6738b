"""An inference model from a file of the operator's: what it proposes, and that alone it contradicts nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from services.verification.model import OutcomeStatus, StageStatus
from services.verification.plugins.consulting import Consulting
from services.verification.plugins.nli import Inference
from services.verification.plugins.port import Offered, VerifierFailed
from services.verification.sandbox import Sandbox
from shared.local.site_server import SiteServer
from shared.retrieval.encoder import EncoderCache
from shared.testing.kit import Stage as Kit
from tests.integration.verification.test_plugins import SAID, case, outcome_on, plugin_stage

VOCABULARY = ["[PAD]", "[UNK]", "yes", "no"]


def inference_folder(folder: Path, labels: tuple[str, ...] = ("contradiction", "entailment", "neutral")) -> Path:
    """A model of four weights: passages with "yes" entail, with "no" contradict, others neither."""
    folder.mkdir(exist_ok=True)
    tokenizer = Tokenizer(WordLevel({word: n for n, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    scores = np.array([[0, 0, 0], [0, 0, 0], [0, 9, 0], [9, 0, 0]], np.float32)
    bias = np.array([0, 0, 3], np.float32)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["each"], axis=0),
        helper.make_node("ReduceSum", ["each", "axes"], ["summed"], keepdims=0),
        helper.make_node("Add", ["summed", "bias"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "t"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 3])],
        [
            numpy_helper.from_array(scores, "table"),
            numpy_helper.from_array(bias, "bias"),
            numpy_helper.from_array(np.array([1], np.int64), "axes"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(folder / "model.onnx"))
    (folder / "config.json").write_text(json.dumps({"id2label": {str(n): label for n, label in enumerate(labels)}}))
    return folder


async def off_loop(work: Callable[..., Any], *arguments: Any) -> Any:
    with ThreadPoolExecutor(1) as threads:
        return await asyncio.get_running_loop().run_in_executor(threads, work, *arguments)


async def test_an_inference_model_proposes_what_it_is_sure_of(tmp_path: Path) -> None:
    model = Inference(inference_folder(tmp_path / "nli"), off_loop)
    proposal = await model.propose(
        "claim", [Offered("e1", "P", ("yes it did", "who knows")), Offered("e2", "P", ("no",))]
    )
    assert [(each.evidence_id, each.quote, each.stance) for each in proposal.proposed] == [
        ("e1", "yes it did", "supports"),
        ("e2", "no", "contradicts"),
    ]
    assert all(0.8 <= each.score <= 1.0 for each in proposal.proposed)
    assert (len(proposal.model_hash), proposal.tokens > 0, proposal.cost_micros) == (64, True, 0)


@pytest.mark.parametrize("broken", ["missing", "labels", "garbage"])
async def test_J3_a_model_file_that_is_no_model_has_failed(tmp_path: Path, broken: str) -> None:
    folder = tmp_path / "nli"
    if broken == "labels":
        inference_folder(folder, ("LABEL_0", "LABEL_1", "LABEL_2"))
    elif broken == "garbage":
        (inference_folder(folder) / "model.onnx").write_bytes(b"garbage")
    with pytest.raises(VerifierFailed):
        await Inference(folder, off_loop).propose("claim", [Offered("e1", "P", ("yes",))])
    (result,) = await Consulting(Inference(folder, off_loop)).round([case()])
    assert result.status is StageStatus.FAILED


@pytest.mark.postgres
async def test_J4_an_inference_model_alone_contradicts_nothing(
    stage: Kit, web: SiteServer, encoder: EncoderCache, sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = inference_folder(tmp_path / "nli")
    said = SAID.replace("its director wrote", "and no director wrote")
    outcome, _ = await outcome_on(stage, web, encoder, sandbox, (said,), nli_folder=folder)
    assert plugin_stage(outcome).status is StageStatus.FOUND
    assert (outcome.status, outcome.rating) == (OutcomeStatus.NEEDS_REVIEW, None)
    assert outcome.headline == "A source may disagree with this, awaiting review."
