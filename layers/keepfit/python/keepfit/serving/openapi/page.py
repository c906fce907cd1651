"""The API's documentation as one page, made of its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from keepfit.pages.markup import Html, element, joined
from keepfit.pages.page import details, page, section, table

_METHODS: Final = ("get", "post")


def docs_page(document: Mapping[str, Any], url: str) -> str:
    """A page of every route with what it takes and answers; it needs nothing from the network.

    Args:
        document: OpenAPI's.
        url: of the API, for examples.
    """
    schemas = document["components"]["schemas"]
    operations = [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    ]
    tags = dict.fromkeys(tag for _, _, operation in operations for tag in operation["tags"])
    return page(
        f"{document['info']['title']} API",
        element("h1", f"{document['info']['title']} API"),
        element(
            "p", f"{document['info']['description']} Each request carries a token: authorization: Bearer …"
        ),
        *(
            section(
                tag,
                *(
                    _operation(path, method, operation, schemas, url)
                    for path, method, operation in operations
                    if tag in operation["tags"]
                ),
            )
            for tag in sorted(tags, key=lambda name: name == "server")
        ),
    )


def _operation(
    path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any], url: str
) -> Html:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    responses = [(status, each["description"]) for status, each in sorted(operation["responses"].items())]
    fields = _fields(body.get("schema", {}), schemas)
    return details(
        f"{method.upper()} {path}",
        element("p", operation["summary"]),
        table(["field", "type", "needed", "values"], fields) if fields else None,
        element("pre", _curl(url, path, body["example"])) if "example" in body else None,
        table(["status", "meaning"], responses),
    )


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> list[list[str]]:
    """The fields of an instance of a request, or of the request itself."""
    found = _resolved(schema, schemas)
    rows = found.get("properties", {}).get("instances")
    if rows is not None:
        found = _resolved(rows["items"], schemas)
    required = found.get("required", [])
    return [
        [name, _kind(each), "yes" if name in required else "no", ", ".join(_limits(each))]
        for name, each in found.get("properties", {}).items()
    ]


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    return schema if reference is None else schemas[reference.rpartition("/")[2]]


def _kind(schema: Mapping[str, Any]) -> str:
    kinds = schema.get("type", "any")
    named = kinds if isinstance(kinds, str) else " or ".join(kinds)
    return f"{named}, {schema['format']}" if "format" in schema else named


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    names = {"minimum": "from", "maximum": "to", "maxLength": "characters up to", "maxItems": "numbers:"}
    yield from (f"{word} {schema[name]}" for name, word in names.items() if name in schema)
    if "description" in schema:
        yield schema["description"]


def _curl(url: str, path: str, example: Any) -> Html:
    headers = "-H 'authorization: Bearer '$TOKEN -H 'content-type: application/json'"
    return joined(f"curl {headers} \\\n  -d '{json.dumps(example)}' \\\n  '{url}{path}'")
