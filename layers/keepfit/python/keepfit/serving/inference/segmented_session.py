"""A session that answers each row by the model of its segment, and all others by a fallback.

A segment is known by the code that its value has in the encoded row, so that a request pays one lookup in a dictionary.
Models are loaded when they are first asked, and the one that was asked least recently goes where memory is short.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from keepfit.errors import InvalidModel
from keepfit.features.encoding.codes import codes_of
from keepfit.features.encoding.numbers import row_numbers
from keepfit.features.schema.signature import Signature
from keepfit.registry.segment_pack import SegmentPack
from keepfit.serving.inference.onnx_session import Session

MAX_LOADED_BYTES: Final = 256_000_000
"""Memory of loaded segments, by estimate: a version with more keeps those that were asked last."""
# What stays of a model once it is loaded, as measured of trees and lines.
_OF_A_SESSION, _PER_MODEL_BYTE = 100_000, 7

Run = Callable[[npt.NDArray[np.float32]], list[npt.NDArray[Any]]]


class SegmentedSession:
    """See ``onnx_session.Session``.

    Args:
        fallback: answers rows of no segment.
        pack: the models of the others.
        signature: what rows hold.
        outputs: of every model.
        most: the bytes of memory that loaded segments may take, by estimate.

    Raises:
        InvalidModel: a pack that is parted by a column which rows do not hold, or for values that it does not know.
    """

    __slots__ = ("_models", "_place", "_width", "columns", "run", "segments")

    def __init__(
        self,
        fallback: Session,
        pack: SegmentPack,
        signature: Signature,
        outputs: Sequence[str],
        *,
        most: int = MAX_LOADED_BYTES,
    ) -> None:
        self.columns = fallback.columns
        self._place, codes = _codes(pack, signature)
        self._width = width = len(row_numbers(signature))

        def load(value: str) -> Run:
            session = Session(pack.read(value), outputs)
            if session.columns not in (None, width):
                raise InvalidModel(
                    f"the model of {value!r} reads {session.columns} columns, and its signature gives {width}"
                )
            return session.run

        sizes = {code: _OF_A_SESSION + _PER_MODEL_BYTE * pack.sizes[value] for value, code in codes.items()}
        values = {code: value for value, code in codes.items()}
        self._models = (
            _CrowdedModels(fallback.run, values, load, sizes=sizes, most=most)
            if sum(sizes.values()) > most
            else _Models(fallback.run, values, load)
        )
        self.run: Run = self._run
        self.segments = frozenset(codes)
        """The segments that have a model of their own."""

    def try_all(self) -> None:
        """Asks every model a row of zeros. Raises InvalidModel for one that does not load or run."""
        row = np.zeros((1, self._width), dtype=np.float32)
        for code, value in self._models.values_by_code.items():
            row[0, self._place] = code
            try:
                self.run(row)
            except Exception as error:  # ONNX Runtime raises a dozen unrelated classes
                raise InvalidModel(f"the model of the segment {value!r} does not run: {error}") from error

    def _run(self, rows: npt.NDArray[np.float32]) -> list[npt.NDArray[Any]]:
        """(n, k) rows to the value of each output, by the models of their segments."""
        if len(rows) == 1:
            return self._models[rows.item(self._place)](rows)
        codes, group = np.unique(rows[:, self._place], return_inverse=True)
        if len(codes) == 1:
            return self._models[codes.item(0)](rows)
        return self._by_group(rows, codes.tolist(), group)

    def _by_group(
        self, rows: npt.NDArray[np.float32], codes: Sequence[float], group: npt.NDArray[np.int64]
    ) -> list[npt.NDArray[Any]]:
        """The answers of several models, each row's where the row is."""
        whole: list[npt.NDArray[Any]] = []
        for number, code in enumerate(codes):
            own = np.flatnonzero(group == number)
            answers = self._models[code](rows[own])
            whole = whole or [np.empty((len(rows), *each.shape[1:]), each.dtype) for each in answers]
            for answer, place in zip(answers, whole, strict=True):
                place[own] = answer
        return whole


class _Models(dict[float, Run]):
    """What answers a code: models as they are loaded, and the fallback for every code without one."""

    def __init__(self, fallback: Run, values: Mapping[float, str], load: Callable[[str], Run]) -> None:
        super().__init__()
        self._fallback, self._load = fallback, load
        self.values_by_code = values

    def __missing__(self, code: float) -> Run:
        value = self.values_by_code.get(code)
        run = self[code] = self._fallback if value is None else self._load(value)
        return run


class _CrowdedModels(_Models):
    """The same where not all have room: the least recently used one makes room for the next.

    A dictionary is in the order in which its keys came; what is asked comes again.

    Args:
        sizes: code to bytes of memory.
        most: how many there are for all.
    """

    def __init__(
        self,
        fallback: Run,
        values: Mapping[float, str],
        load: Callable[[str], Run],
        *,
        sizes: Mapping[float, int],
        most: int,
    ) -> None:
        super().__init__(fallback, values, load)
        self._sizes, self._left = sizes, most

    def __getitem__(self, code: float) -> Run:
        if code in self._sizes and code in self:
            self[code] = self.pop(code)
        return super().__getitem__(code)

    def __missing__(self, code: float) -> Run:
        needed = self._sizes.get(code, 0)
        for other in [other for other in self if other in self._sizes]:
            if self._left >= needed:
                break
            del self[other]
            self._left += self._sizes[other]
        self._left -= needed
        return super().__missing__(code)


def _codes(pack: SegmentPack, signature: Signature) -> tuple[int, dict[str, float]]:
    """The place of the segment's code in a row, and the code of each segment of the pack."""
    for place, number in enumerate(row_numbers(signature)):
        if number.column.name == pack.by and number.codes is not None:
            known: Mapping[str, float] = codes_of(number.column) or {}
            unknown = [value for value in pack.sizes if value not in known]
            if unknown:
                raise InvalidModel(
                    f"the signature does not know {unknown[0]!r}, which has a model of its own"
                )
            return place, {value: known[value] for value in pack.sizes}
    raise InvalidModel(f"segments are parted by {pack.by!r}, which is no category that the model reads")
