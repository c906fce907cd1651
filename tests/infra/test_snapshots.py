"""Each stack consists of what its snapshot says.

After a change that is meant, write the snapshots anew:

python -m tests.infra.snapshots <assembly>
"""

from __future__ import annotations

import pytest

from tests.infra.assembly import Template
from tests.infra.snapshots import path_of, summary


@pytest.mark.parametrize("stack", ["keepfit-platform", "keepfit-flight-delay", "keepfit-layers"])
def test_the_stack_consists_of_what_it_is_known_to(
    templates: list[Template], layers: Template, stack: str
) -> None:
    (template,) = [template for template in (*templates, layers) if template.name.startswith(stack)]
    assert summary(template) == path_of(stack).read_text()
