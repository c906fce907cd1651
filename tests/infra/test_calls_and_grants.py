"""Every call has its grant, and every grant its call.

After a change that is meant, write the table anew:

python -m tests.infra.access.table <assembly>
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from planning.templates import Json, Template
from tests.infra.access import names, roles, sources
from tests.infra.access.comparison import complaints
from tests.infra.access.roles import Assembly
from tests.infra.access.table import PATH, parse, render, rows

Edit = Callable[[str, str, str], None]


@pytest.fixture
def assembly_of_roles(every_stack: list[Template]) -> Assembly:
    return Assembly({template.name: template for template in every_stack})


def test_every_call_has_a_grant_and_every_grant_a_call(assembly_of_roles: Assembly) -> None:
    assert complaints(assembly_of_roles.roles()) == []


def test_the_table_says_what_the_every_stack_grant_and_the_code_asks_for(assembly_of_roles: Assembly) -> None:
    found = rows(assembly_of_roles.roles())
    assert PATH.read_text() == render(found)
    assert parse(PATH.read_text()) == found


def test_an_action_that_is_taken_from_a_role_is_missed(every_stack: list[Template]) -> None:
    (said,) = without("dynamodb:Query", of="register_version", every_stack=every_stack)
    assert "(register_version) needs dynamodb:Query for dynamodb.Query, and is not granted it" in said


@pytest.mark.parametrize(
    ("function", "action"),
    [("register_version", "s3:DeleteObject"), ("predict_unreleased", "dynamodb:GetItem")],
)
def test_an_action_that_nothing_asks_for_is_told(
    every_stack: list[Template], function: str, action: str
) -> None:
    changed = changed_policy(every_stack, function, lambda statements: statements[0]["Action"].append(action))
    (said,) = complaints(changed.roles())
    assert said.endswith(f"({function}) is granted {action}, and nothing asks for it")


def test_a_role_that_nobody_has_is_told(every_stack: list[Template]) -> None:
    changed = copy.deepcopy(every_stack)
    changed[1].document["Resources"]["Forgotten"] = {"Type": "AWS::IAM::Role", "Properties": {}}
    said = complaints(Assembly({template.name: template for template in changed}).roles())
    assert said == ["keepfit-flight-delay: Forgotten () is nobody's"]


@pytest.fixture
def edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edit]:
    """Replaces a piece of a source of the library, or of a function, as everything here reads it."""
    library, functions = tmp_path / "library", tmp_path / "functions"
    shutil.copytree(sources.LIBRARY, library, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(sources.FUNCTIONS, functions, ignore=shutil.ignore_patterns("__pycache__"))

    def replace(path: str, old: str, new: str) -> None:
        source = tmp_path / path
        assert old in source.read_text()
        source.write_text(source.read_text().replace(old, new))

    monkeypatch.setattr(roles, "folder", None)
    monkeypatch.setattr(sources, "LIBRARY", library)
    monkeypatch.setattr(sources, "FUNCTIONS", functions)
    _forget()
    yield replace
    _forget()


def _forget() -> None:
    for read in (
        sources.module,
        names.named,
        names.definition,
        names.lineage,
        names.methods,
        names.fits,
        names.attributes,
        names.owner_of,
        names.field_of,
        names.is_port,
        roles.calls,
    ):
        read.cache_clear()


def test_calls_that_are_added_or_dropped_are_told_of_every_function_that_reaches_them(
    edit: Edit, assembly_of_roles: Assembly
) -> None:
    edit(
        "library/keepfit/adapters/aws/lambda_alias.py",
        "        routing = alias",
        '        client("lambda").list_tags(Resource=alias["AliasArn"])\n        routing = alias',
    )
    handler = "functions/close_run/handler.py"
    edit(
        handler,
        "from keepfit.runtime",
        "from keepfit.adapters.aws.clients import client\nfrom keepfit.runtime",
    )
    edit(
        handler,
        "    logger.info",
        '    client("stepfunctions").stop_execution(executionArn="")\n    logger.info',
    )
    edit("library/keepfit/runtime/evaluate_canary.py", "requests.count(", "RequestCounts(")
    said = [one.partition(" (")[2] for one in complaints(assembly_of_roles.roles())]
    tags = "needs lambda:ListTags for lambda.ListTags, and is not granted it"
    books = "admit_trigger, close_run, evaluate_canary, record_failure"
    assert sorted(said) == [
        f"{books}) is granted cloudwatch:GetMetricData, and nothing asks for it",
        f"{books}) {tags}",
        f"{books}) needs states:StopExecution for stepfunctions.StopExecution, and is not granted it",
        f"build_training_set, judge_candidates, replay_requests) {tags}",
        f"monitor_model) {tags}",
    ]


def test_a_client_whose_service_cannot_be_told_is_refused(edit: Edit, assembly_of_roles: Assembly) -> None:
    edit(
        "library/keepfit/adapters/aws/lambda_alias.py",
        'client("lambda").get_alias',
        'self.found["client"].get_alias',
    )
    with pytest.raises(
        AssertionError, match=r"LambdaLiveAlias.current: .get_alias\(\) looks like an operation"
    ):
        assembly_of_roles.roles()


def without(action: str, *, of: str, every_stack: list[Template]) -> list[str]:
    def remove(statements: list[Json]) -> None:
        for statement in statements:
            if statement["Action"] == action:
                statements.remove(statement)
            elif action in statement["Action"]:
                statement["Action"].remove(action)

    return complaints(changed_policy(every_stack, of, remove).roles())


def changed_policy(
    every_stack: list[Template], function: str, change: Callable[[list[Json]], None]
) -> Assembly:
    """The every_stack with other statements for the role of a function."""
    changed = copy.deepcopy(every_stack)
    for template in changed:
        if function in template.functions():
            role = template.functions()[function]["Properties"]["Role"]["Fn::GetAtt"][0]
            for policy in template.properties("AWS::IAM::Policy"):
                if policy["Roles"] == [{"Ref": role}]:
                    change(policy["PolicyDocument"]["Statement"])
    return Assembly({template.name: template for template in changed})
