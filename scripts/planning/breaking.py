"""Checks of templates for what a deployment accepts and operation would break on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from planning.quotas import QUOTAS
from planning.templates import Json, Template, actions, resources

MAX_UNPACKED: Final = 262_144_000
"""Bytes of a function's code and its layers (docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""
MAX_API_MS: Final = 30_000
"""That an HTTP API waits (docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)."""
_MISSING: Final = frozenset({"breaching", "notBreaching", "ignore"})


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What would break, where, and what to do."""

    stack: str
    what: str
    found: str
    do: str


class Use(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a quota of an account and Region the templates use; ``planned`` is the share that they may."""

    quota: str
    used: int
    limit: int
    planned: float
    source: str

    @property
    def share(self) -> float:
        """Of the limit."""
        return self.used / self.limit


def uses(templates: Sequence[Template]) -> list[Use]:
    """The use of every quota, the fullest first."""
    all_templates = [*templates]
    found = [
        Use(
            quota=each.name,
            used=each.count(all_templates),
            limit=each.limit,
            planned=each.use,
            source=each.told,
        )
        for each in QUOTAS
    ]
    return sorted(found, key=lambda use: -use.share)


def problems(templates: Sequence[Template], unpacked: Mapping[str, int]) -> list[Problem]:
    """All that would break; ``unpacked`` is how many bytes each layer and the handler have."""
    found = [problem for template in templates for problem in _of_template(template, unpacked)]
    full = [use for use in uses(templates) if use.used > use.planned * use.limit]
    return found + [
        Problem(
            stack="all",
            what=f"quota: {use.quota}",
            found=f"{use.used:,} of {use.limit:,}, of which {use.planned:.0%} are planned for",
            do=f"ask AWS for more, or deploy fewer models to this account ({use.source})",
        )
        for use in full
    ]


def _of_template(template: Template, unpacked: Mapping[str, int]) -> Iterator[Problem]:
    yield from _alarms(template)
    yield from _timeouts(template)
    yield from _sizes(template, unpacked)
    yield from _recursions(template)


def _alarms(template: Template) -> Iterator[Problem]:
    for name, alarm in template.of("AWS::CloudWatch::Alarm").items():
        if alarm["Properties"].get("TreatMissingData") not in _MISSING:
            yield Problem(
                stack=template.name,
                what=f"alarm {name}",
                found="no rule for missing data: without figures it is neither OK nor in alarm",
                do="say breaching, notBreaching or ignore",
            )


def _timeouts(template: Template) -> Iterator[Problem]:
    """Functions behind the API that may still work when it has stopped waiting."""
    for integration in template.properties("AWS::ApiGatewayV2::Integration"):
        waits = integration.get("TimeoutInMillis", MAX_API_MS)
        for name in _functions_named(template, integration.get("IntegrationUri")):
            timeout = template.document["Resources"][name]["Properties"].get("Timeout", 3) * 1000
            if timeout > waits:
                yield Problem(
                    stack=template.name,
                    what=f"function {name}",
                    found=f"may take {timeout:,} ms behind a route that waits {waits:,}",
                    do="a shorter timeout, so that a client learns what happened",
                )


def _functions_named(template: Template, uri: Any) -> Iterator[str]:
    """The functions of a stack that an integration leads to, by its alias too."""
    written = json.dumps(uri)
    aliases = {
        f'"{name}"': json.dumps(alias["Properties"]["FunctionName"])
        for name, alias in template.of("AWS::Lambda::Alias").items()
    }
    written += "".join(target for name, target in aliases.items() if name in written)
    return (name for name in template.of("AWS::Lambda::Function") if f'"{name}"' in written)


def _sizes(template: Template, unpacked: Mapping[str, int]) -> Iterator[Problem]:
    for name, function in template.functions().items():
        layers = [layer for layer in template.layers_of(function["Properties"]) if layer in unpacked]
        size = sum(unpacked[layer] for layer in layers) + unpacked.get(f"function {name}", 0)
        if size > MAX_UNPACKED:
            yield Problem(
                stack=template.name,
                what=f"function {name}",
                found=f"{size:,} bytes of layers ({', '.join(layers)}); Lambda takes {MAX_UNPACKED:,}",
                do="fewer or smaller packages in scripts/locks, or serve in containers",
            )


def _recursions(template: Template) -> Iterator[Problem]:
    """Functions that an upload starts and that may upload to where they are started from."""
    for rule in template.properties("AWS::Events::Rule"):
        pattern = rule.get("EventPattern", {})
        if "Object Created" not in pattern.get("detail-type", []):
            continue
        buckets = pattern["detail"]["bucket"]["name"]
        keys = [key.get("prefix", "") if isinstance(key, dict) else key for key in _keys_of(pattern)]
        for target in rule["Targets"]:
            for name in _functions_named(template, target["Arn"]):
                for written in _written(template, name, buckets):
                    if any(_meet(prefix, written) for prefix in keys):
                        yield Problem(
                            stack=template.name,
                            what=f"function {name}",
                            found=f"is started by objects below {keys} and may write {written!r} to the same bucket",
                            do="write to another bucket or prefix: each object would start it again",
                        )


def _keys_of(pattern: Json) -> list[Any]:
    return list(pattern["detail"].get("object", {}).get("key", [""]))


def _written(template: Template, function: str, buckets: Sequence[Any]) -> Iterator[str]:
    """The keys that a function's role may put into one of the buckets, up to the first wildcard."""
    role = template.document["Resources"][function]["Properties"]["Role"].get("Fn::GetAtt", [""])[0]
    for owner, statement in template.statements():
        if owner == role and {"s3:PutObject", "s3:*", "*"} & {*actions(statement)}:
            for resource in resources(statement):
                text = json.dumps(resource)
                if any(bucket.get("Ref") and f'"{bucket["Ref"]}"' in text for bucket in buckets):
                    yield text.rpartition('"/')[2].partition("*")[0].strip('"]}') if '"/' in text else ""


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)
