"""Appends nodes to the single output of an exported model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper


class GraphTail:
    """The end of a model's graph: ``last`` names its last value, which ``finish`` makes the output."""

    def __init__(self, model: onnx.ModelProto, prefix: str) -> None:
        self._graph, self._prefix, self._made = model.graph, prefix, 0
        [self._output] = model.graph.output
        model.graph.output.remove(self._output)
        self.last: str = self._moved(self._output.name)

    def add(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Appends a node; returns the name of what it makes, which is the last value from now on."""
        self.last = self._name()
        self._graph.node.append(helper.make_node(operator, inputs, [self.last], name=self.last, **attributes))
        return self.last

    def then(self, operator: str, *constants: float, **attributes: Any) -> str:
        """Appends a node that takes the last value, and scalars beside it."""
        return self.add(operator, self.last, *map(self.constant, constants), **attributes)

    def constant(self, value: float | Sequence[float] | npt.NDArray[Any], kind: Any = np.float32) -> str:
        """The name of a constant."""
        name = self._name()
        self._graph.initializer.append(numpy_helper.from_array(np.asarray(value, dtype=kind), name))
        return name

    def finish(self, name: str, width: int | None = None) -> None:
        """Makes the last value the output ``name``, float32 (n, width)."""
        self._graph.node.append(helper.make_node("Identity", [self.last], [name], name=f"{self._prefix}_out"))
        shape = [None, width]
        self._graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape))

    def _name(self) -> str:
        self._made += 1
        return f"{self._prefix}_{self._made}"

    def _moved(self, name: str) -> str:
        """Another name for the value that was the output, so that the output's name is free."""
        moved = f"{self._prefix}_raw"
        for node in self._graph.node:
            for names in (node.input, node.output):
                for place, each in enumerate(names):
                    if each == name:
                        names[place] = moved
        return moved
