"""Networks that make vectors of pictures, as their authors would export them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from keepfit.features.extractors.files import file_name

LENGTH = 6


def embedder(
    *, channels: int = 3, size: int | str = 8, seed: int = 0, last: bool = False, whole: bool = False
) -> bytes:
    """A small convolutional network, of pictures with the channels ``last`` or first, as floats or ``whole`` bytes."""
    draw = np.random.default_rng(seed)
    kernels = draw.normal(size=(4, channels, 3, 3)).astype(np.float32)
    weights = draw.normal(size=(4, LENGTH)).astype(np.float32)
    shape = ["n", size, size, channels] if last else ["n", channels, size, size]
    kind = TensorProto.UINT8 if whole else TensorProto.FLOAT
    nodes = [
        helper.make_node("Cast", ["picture"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["floats"], ["first"], perm=[0, 3, 1, 2] if last else [0, 1, 2, 3]),
        helper.make_node("Conv", ["first", "kernels"], ["maps"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["maps"], ["positive"]),
        helper.make_node("GlobalAveragePool", ["positive"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["vector"]),
    ]
    constants = [numpy_helper.from_array(kernels, "kernels"), numpy_helper.from_array(weights, "weights")]
    return network(nodes, [("picture", kind, shape)], [("vector", ["n", LENGTH])], constants)


def network(
    nodes: list[onnx.NodeProto],
    inputs: list[tuple[str, int, list[Any]]],
    outputs: list[tuple[str, list[Any]]],
    constants: list[onnx.TensorProto],
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in outputs],
        initializer=constants,
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def deployed(folder: Path, *networks: bytes) -> None:
    """Puts networks where a function finds them, in ``folder``."""
    for each in networks:
        (folder / file_name(hashlib.sha256(each).hexdigest())).write_bytes(each)
