"""Each stack consists of what its snapshot says.

After a change that is meant, write the snapshots anew:

python -m tests.infra.snapshots <assembly>
"""

from __future__ import annotations

import pytest

from planning.templates import Template
from tests.infra.snapshots import path_of, spark_model, summary


@pytest.mark.parametrize("stack", ["keepfit-platform", "keepfit-flight-delay", "keepfit-layers"])
def test_the_stack_consists_of_what_it_is_known_to(
    templates: list[Template], layers: Template, stack: str
) -> None:
    (template,) = [template for template in (*templates, layers) if template.name.startswith(stack)]
    assert summary(template) == path_of(stack).read_text()


def test_so_does_the_stack_of_a_model_that_may_join_on_spark(with_online_views: list[Template]) -> None:
    template = spark_model(with_online_views)
    assert "AWS::IAM::Role  SparkRole" in summary(template)
    assert summary(template) == path_of(template.name).read_text()
