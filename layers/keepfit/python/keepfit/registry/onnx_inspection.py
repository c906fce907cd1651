"""Inspection of ONNX files: admits a model by its bytes alone, before a runtime parses them.

`onnx.checker` accepts a 229-byte endless Loop and a 2^36-element ConstantOfShape, and needs a package that serving
does not carry. So this reads the protobuf wire format itself, knows the fields that exported scikit-learn models use,
and refuses everything else: what it does not understand is not admitted. What the allowed operators may still do in
combination (repeated Concat grows) is bounded by the number of nodes here and by the limits of the probe run.

Format: https://protobuf.dev/programming-guides/encoding, field numbers: onnx/onnx-ml.proto.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple, NoReturn

from keepfit.errors import InvalidModel

MAX_BYTES = 64_000_000
"""A forest takes thirteen times its file while it is loaded, and the functions that load one have 1 GB."""
MAX_NODES = 200

_STANDARD = (
    "Abs Add And ArgMax Cast Clip Concat Div Equal Exp Flatten Gather Gemm Greater GreaterOrEqual Identity IsNaN Less"
    " LessOrEqual Log MatMul Max Min Mul Neg Not Or Reshape ReduceSum Sigmoid Slice Softmax Split Sqrt Squeeze Sub"
    " Transpose Unsqueeze Where"
)
_LEARNED = (
    "ArrayFeatureExtractor Binarizer Imputer LabelEncoder LinearClassifier LinearRegressor Normalizer OneHotEncoder"
    " Scaler TreeEnsemble TreeEnsembleClassifier TreeEnsembleRegressor"
)
_OF_PICTURES = (
    " AveragePool BatchNormalization Constant Conv DepthToSpace Dropout Elu Erf Expand Gelu GlobalAveragePool"
    " GlobalMaxPool GroupNormalization HardSigmoid HardSwish InstanceNormalization LRN LayerNormalization LeakyRelu"
    " LpNormalization MaxPool Mish PRelu Pad Pow Reciprocal ReduceL2 ReduceMax ReduceMean Relu Selu Shape Softplus"
    " SpaceToDepth Tanh"
)


class Allowed(NamedTuple):
    """The operators that a file may use, by domain, and the size that it may have."""

    operators: Mapping[str, frozenset[str]]
    nodes: int
    size: int


def _by_domain(standard: str, learned: str) -> dict[str, frozenset[str]]:
    names = {"": standard, "ai.onnx": standard, "ai.onnx.ml": learned}
    return {domain: frozenset(listed.split()) for domain, listed in names.items()}


MODEL: Final = Allowed(_by_domain(_STANDARD, _LEARNED), nodes=MAX_NODES, size=MAX_BYTES)
EXTRACTOR: Final = Allowed(_by_domain(_STANDARD + _OF_PICTURES, _LEARNED), nodes=5000, size=25_000_000)
"""A network that makes a vector of a picture: it has to fit into a function beside all that reads uploads."""

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_KNOWN_FIELDS = {
    "model": {1, 2, 3, 4, 5, 6, 7, 8, 14},  # not: training_info, functions, device configuration
    "opset": {1, 2},
    "graph": {1, 2, 5, 10, 11, 12, 13, 16},  # not: quantization annotations, sparse initializers
    "node": {1, 2, 3, 4, 5, 6, 7, 9},  # not: overloads, devices
    "attribute": {1, 2, 3, 4, 5, 7, 8, 9, 13, 20},  # not: subgraphs, tensor lists, sparse tensors, references
    "tensor": {1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16},  # not: segments, external data
    # What inputs and outputs are; read by `onnx_interface`.
    "value": {1, 2, 3, 4},
    "type": {1, 6},
    "array": {1, 2},
    "shape": {1},
    "dimension": {1, 2, 3},
}
# A forest holds millions of floats (field 7), ints (8) and short strings (9), one key before each. Runs of them are
# skipped in C; the patterns match exactly what the loop below would step over.
_SHORT_STRING = "|".join(rf"\x{length:02x}[\s\S]{{{length}}}" for length in range(32))
_RUN = re.compile(
    rf"(?:\x3d[\s\S]{{4}})++|(?:\x40[\x80-\xff]{{0,9}}[\x00-\x7f])++|(?:\x4a(?:{_SHORT_STRING}))++".encode(
        "latin-1"
    )
)

Span = tuple[int, int]


def admit(model: bytes, allowed: Allowed = MODEL) -> None:
    """Checks that ``model`` holds only ``allowed`` operators and their own constants.

    Raises:
        InvalidModel: says what was found that is not allowed.
    """
    if not 0 < len(model) <= allowed.size:
        _refuse(f"it has {len(model)} bytes; 1 to {allowed.size} are accepted")
    graphs = 0
    for number, value in fields(model, "model", (0, len(model))):
        if number == 7:
            graphs += 1
            _check_graph(model, span_of(value), allowed)
        elif number == 8:
            _check_opset(model, span_of(value), allowed)
    if graphs != 1:
        _refuse(f"it has {graphs} graphs; exactly one is expected")


def _check_opset(model: bytes, span: Span, allowed: Allowed) -> None:
    for number, value in fields(model, "opset", span):
        if number == 1 and text_of(model, value) not in allowed.operators:
            _refuse(f"it imports the operator domain {text_of(model, value)!r}")


def _check_graph(model: bytes, span: Span, allowed: Allowed) -> None:
    nodes = 0
    for number, value in fields(model, "graph", span):
        if number == 1:
            nodes += 1
            _check_node(model, span_of(value), allowed)
        elif number == 5:
            _check_tensor(model, span_of(value))
    if nodes > allowed.nodes:
        _refuse(f"it has {nodes} nodes; up to {allowed.nodes} are accepted")


def _check_node(model: bytes, span: Span, allowed: Allowed) -> None:
    operators: list[str] = []
    domains: list[str] = []
    for number, value in fields(model, "node", span):
        if number == 4:
            operators.append(text_of(model, value))
        elif number == 7:
            domains.append(text_of(model, value))
        elif number == 5:
            _check_attribute(model, span_of(value))
    if len(operators) != 1 or len(domains) > 1:
        _refuse("a node does not name exactly one operator")
    domain = domains[0] if domains else ""
    if operators[0] not in allowed.operators.get(domain, ()):
        _refuse(f"the operator {domain or 'ai.onnx'}:{operators[0]} is not on the list of allowed ones")


def _check_attribute(model: bytes, span: Span) -> None:
    for number, value in fields(model, "attribute", span):
        if number == 5:
            _check_tensor(model, span_of(value))


def _check_tensor(model: bytes, span: Span) -> None:
    for number, value in fields(model, "tensor", span):
        if number == 14 and value != 0:
            _refuse("a tensor lies outside the file")


def fields(model: bytes, message: str, span: Span) -> Iterator[tuple[int, int | Span]]:
    """The number and value (or span) of each field of a message; refuses unknown ones."""
    position, end = span
    known = _KNOWN_FIELDS[message]
    while position < end:
        if message == "attribute" and (run := _RUN.match(model, position, end)):
            position = run.end()
            continue
        key, position = _varint(model, position, end)
        number, wire = key >> 3, key & 7
        if number not in known:
            _refuse(f"it uses field {number} of {message}s, which exported models do not")
        value: int | Span = 0
        if wire == _VARINT:
            value, position = _varint(model, position, end)
        elif wire == _BYTES:
            length, position = _varint(model, position, end)
            value, position = (position, position + length), position + length
        elif wire in (_FIXED32, _FIXED64):
            position += 4 if wire == _FIXED32 else 8
        else:
            _refuse(f"wire type {wire} is not one of protobuf's")
        if position > end:
            _refuse("it is cut off, or a length in it is wrong")
        yield number, value


def _varint(model: bytes, position: int, end: int) -> tuple[int, int]:
    value = shift = 0
    while position < end and shift < 70:
        byte = model[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
    return _refuse("a number in it is cut off, or has more than ten bytes")


def span_of(value: int | Span) -> Span:
    """Where a message stands."""
    return value if isinstance(value, tuple) else _refuse("a message was expected where a number is")


def text_of(model: bytes, value: int | Span) -> str:
    """A string of the file."""
    start, end = span_of(value)
    return model[start:end].decode("utf-8", errors="replace")


def _refuse(reason: str) -> NoReturn:
    raise InvalidModel(
        f"this ONNX file must not be loaded: {reason}; export it as docs/how-to/import-a-model.md says"
    )
