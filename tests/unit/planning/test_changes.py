from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planning.changes import Change, changes
from planning.templates import Json
from tests.drawn import examples

BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "lake", "Tags": []}}


def template(**resources: Json) -> Json:
    return {"Resources": resources}


def only(before: Json | None, after: Json | None) -> Change:
    deployed = {} if before is None else {"stack": before}
    planned = {} if after is None else {"stack": after}
    (found,) = changes(deployed, planned)
    return found


RESOURCES = st.dictionaries(
    st.sampled_from("abcd"),
    st.builds(
        lambda kind, size: {"Type": kind, "Properties": {"Size": size}},
        st.sampled_from(["AWS::Lambda::Function", "AWS::S3::Bucket"]),
        st.integers(0, 2),
    ),
)


@examples(100)
@given(before=RESOURCES, after=RESOURCES)
def test_what_is_done_to_the_deployed_resources_makes_the_planned_ones(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    made = dict(before)
    for change in changes({"s": template(**before)}, {"s": template(**after)}):
        if change.kind == "removed":
            del made[change.resource]
        else:
            assert (change.kind == "added") == (change.resource not in before)
            assert change.type == after[change.resource]["Type"]
            made[change.resource] = after[change.resource]
    assert made == after


def test_the_properties_that_differ_are_named() -> None:
    found = only(
        template(a=BUCKET), template(a={**BUCKET, "Properties": {"BucketName": "lake", "Tags": [1]}})
    )
    assert (found.kind, found.properties, found.leaves_data) == ("changed", ["Tags"], False)


def test_a_policy_of_removal_that_changes_is_a_change() -> None:
    found = only(template(a=BUCKET), template(a={**BUCKET, "DeletionPolicy": "Retain"}))
    assert found.properties == ["DeletionPolicy"]


@pytest.mark.parametrize(
    "after",
    [
        template(),
        template(a={**BUCKET, "Properties": {"BucketName": "other", "Tags": []}}),
        template(a={"Type": "AWS::DynamoDB::Table", "Properties": {}}),
    ],
)
def test_a_bucket_that_goes_or_is_made_anew_leaves_its_objects(after: Json) -> None:
    assert only(template(a=BUCKET), after).leaves_data


def test_a_function_that_goes_leaves_nothing() -> None:
    assert not only(template(a={"Type": "AWS::Lambda::Function"}), template()).leaves_data


def test_a_stack_that_is_not_planned_any_more_stays_as_it_is() -> None:
    assert changes({"gone": template(a=BUCKET)}, {}) == []


def test_all_of_a_new_stack_is_added() -> None:
    found = changes({}, {"new": template(a=BUCKET, b=BUCKET)})
    assert [(change.stack, change.kind) for change in found] == [("new", "added")] * 2
