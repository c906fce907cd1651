"""Inspection of packs of segments: admits every model of one by its bytes alone."""

from __future__ import annotations

from keepfit.errors import InvalidModel
from keepfit.registry.onnx_inspection import admit
from keepfit.registry.segment_pack import MAX_PACK_BYTES, SegmentPack


def admit_pack(pack: bytes) -> SegmentPack:
    """Checks that every model of a pack holds only allowed operators; see ``onnx_inspection.admit``.

    Raises:
        InvalidModel: says what was found that is not allowed, and in whose model.
    """
    if len(pack) > MAX_PACK_BYTES:
        raise InvalidModel(
            f"this pack of segments must not be loaded: it has {len(pack)} bytes; up to {MAX_PACK_BYTES} are accepted; "
            "train the model again"
        )
    opened = SegmentPack(pack)
    for value in opened.sizes:
        try:
            admit(opened.read(value))
        except InvalidModel as error:
            raise InvalidModel(f"the segment {value!r}: {error}") from error
    return opened
