"""The definition of a model's serving graph: its nodes, and which of them answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
from msgspec import Meta

from keepfit.serving.graph.kind_modules import ENSEMBLES

if TYPE_CHECKING:
    EnsembleName = str
else:
    # What a definition may name is what is listed.
    EnsembleName = Literal[tuple(ENSEMBLES)]

MAX_NODES: Final = 50
"""Of one graph: which of them answered a row is a number with a bit for each, and JSON's hold 53."""
MAX_DEADLINE_MS: Final = 25_000
"""An HTTP API gives up after 30 seconds."""


class RouteDefinition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A way that rows may take: by a condition, by a share of them, or what is left."""

    to: Annotated[str, Meta(description="the node that answers them")]
    when: Annotated[
        str | None,
        Meta(description="a condition in SQL over fields of the request; the first that is true counts"),
    ] = None
    share: Annotated[
        Annotated[float, Meta(gt=0, le=1)] | None,
        Meta(description="of the rows, by a hash of the fields in `by`; shares of a router add up to 1"),
    ] = None


class NodeDefinition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A node: a model, an ensemble, a router, a transform or a function."""

    model: Annotated[
        str | None,
        Meta(description="a model, or this one, whose champion answers; of a `stack` the one above"),
    ] = None
    ensemble: Annotated[
        EnsembleName | None,
        Meta(
            description="how one answer is made of those `of` several nodes: `mean`; `vote`, the share of them that "
            "decide for a label; `stack`, by a model that reads their scores; `segment`, that of one of them by the "
            "value of a field"
        ),
    ] = None
    of: Annotated[list[str], Meta(description="the nodes that an ensemble or a `score` is made of")] = []
    weights: Annotated[
        list[float], Meta(description="of the nodes in `of`, in their order; left out, they count alike")
    ] = []
    by: Annotated[
        list[str],
        Meta(
            description="the fields whose hash parts rows into shares, so that an entity keeps its way; of a `segment` "
            "the one field that chooses"
        ),
    ] = []
    choices: Annotated[
        dict[str, str], Meta(description="values of the field of a `segment`, and the node that answers each")
    ] = {}
    otherwise: Annotated[str | None, Meta(description="the node that answers all other values")] = None
    route: Annotated[
        list[RouteDefinition],
        Meta(
            description="where a router sends rows; the last of conditions has none, and takes what is left"
        ),
    ] = []
    transform: Annotated[
        dict[str, str],
        Meta(
            description="columns by expressions as in `derive`, for the nodes that take `columns_from` this one"
        ),
    ] = {}
    score: Annotated[
        str | None,
        Meta(description="an expression over `score`, that of the node in `of`, and fields of the request"),
    ] = None
    function: Annotated[
        str | None,
        Meta(
            description="the ARN of a Lambda function of your own, or of a version or an alias of one, that answers"
        ),
    ] = None
    columns_from: Annotated[
        list[str],
        Meta(description="the `transform` nodes whose columns take the place of fields of the request"),
    ] = []
    deadline_ms: Annotated[
        Annotated[int, Meta(ge=1, le=MAX_DEADLINE_MS)] | None,
        Meta(description="how long a model or a function may take; after that, `fallback` answers"),
    ] = None
    fallback: Annotated[
        str | None, Meta(description="the node that answers in its place where it fails or is late")
    ] = None


class GraphDefinition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The nodes that answer a model's requests together, and which of them gives the answer."""

    answer: Annotated[str, Meta(description="the node whose answer clients get")]
    nodes: Annotated[dict[str, NodeDefinition], Meta(description="the nodes, a table for each")]
    fields: Annotated[
        list[str],
        Meta(
            description="fields of the model's dataset that requests hold for conditions and expressions, beside those "
            "that models read"
        ),
    ] = []
