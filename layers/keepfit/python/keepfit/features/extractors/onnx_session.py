"""Runs an extractor of the user's own: one session in a process, one picture at a time.

One at a time, since ONNX Runtime multiplies one row by other code than many: in a batch a picture would get a vector
whose last bits are not those that a request gets.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
import numpy as np
import numpy.typing as npt
from msgspec import UNSET

from keepfit.errors import InvalidModel
from keepfit.features.extractors.files import read
from keepfit.features.extractors.own_onnx import OwnExtractor

Picture = npt.NDArray[np.float32]
_NOWHERE = "/nowhere"
_FATAL = 4
_WHITE = 255


class Session:
    """An extractor's session.

    Attributes:
        channels: 1 for brightness, 3 for red, green and blue.
    """

    def __init__(self, extractor: OwnExtractor) -> None:
        import onnxruntime as ort  # noqa: PLC0415  where no field has such an extractor, there is no such package

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", _NOWHERE)
        try:
            session = ort.InferenceSession(
                read(extractor.sha256 or ""), options, providers=["CPUExecutionProvider"]
            )
        except (NotImplementedError, RuntimeError, ValueError) as error:
            raise InvalidModel(
                f"ONNX Runtime does not load the extractor {extractor.onnx}: {error}"
            ) from error
        [given] = session.get_inputs()
        self._run, self._input = session.run, given.name
        self._output = [session.get_outputs()[0].name]
        self._last = channels_last(tuple(given.shape))
        self._whole = given.type == "tensor(uint8)"
        self.channels = int(given.shape[-1 if self._last else 1])
        self._length = extractor.length
        self._mean, self._std = (
            None if values is UNSET else np.asarray(values, np.float32)
            for values in (extractor.mean, extractor.std)
        )

    def vector(self, picture: Picture) -> list[float]:
        """The vector of a (height, width, channels) picture, from 0 to 1.

        Raises:
            InvalidModel: the network fails, or gives another number of numbers.
        """
        if self._mean is not None:
            picture = picture - self._mean
        if self._std is not None:
            picture = picture / self._std
        if self._whole:
            picture = (picture * _WHITE).round().clip(0, _WHITE).astype(np.uint8)
        batch = picture[np.newaxis] if self._last else picture.transpose(2, 0, 1)[np.newaxis]
        try:
            [found] = self._run(self._output, {self._input: np.ascontiguousarray(batch)})
        except Exception as error:  # ONNX Runtime raises a dozen unrelated classes
            raise InvalidModel(f"the extractor fails: {error}") from error
        if found.size != self._length:
            raise InvalidModel(f"the extractor gives {found.size} numbers, and {self._length} were declared")
        return list(found.astype(np.float64).ravel().tolist())


def channels_last(shape: tuple[object, ...]) -> bool:
    """Whether an input is (batch, height, width, channels), and not (batch, channels, height, width)."""
    return shape[1] not in (1, 3)


def session_of(extractor: OwnExtractor) -> Session:
    """The session of an extractor, made once. Raises InvalidModel, NotFound, TamperedArtifact."""
    return _session(msgspec.json.encode(extractor))


@lru_cache(maxsize=8)
def _session(extractor: bytes) -> Session:
    return Session(msgspec.json.decode(extractor, type=OwnExtractor))
