"""The definition of a contract of a dataset: a rule, its keys and its severity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from keepfit.features.schema.contract_rules import MODULES
from keepfit.instants import Duration

if TYPE_CHECKING:
    RuleName = str
else:
    # What a definition may name is what is listed.
    RuleName = Literal[tuple(MODULES)]

Severity = Literal["quarantine", "refuse", "warn"]


class ContractDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every upload has to keep to, one of `[[dataset.NAME.contracts]]`: a rule, and how severe it is."""

    rule: Annotated[
        RuleName,
        Meta(
            description="of rows: `range`, `categories`, `unique`, `references`; of whole files: `freshness`, "
            "`row_count`, `distribution`"
        ),
    ]
    name: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType,
        Meta(description="what it is called where it is told of; left out, the rule and its fields"),
    ] = UNSET
    severity: Annotated[
        Severity,
        Meta(
            description="`quarantine`: bad rows are left out, and a file that is bad as a whole waits for a person; "
            "`refuse`: the file is refused; `warn`: it is taken, and the record says so"
        ),
    ] = "quarantine"
    fields: Annotated[
        list[str] | UnsetType,
        Meta(
            description="the fields that it is about; of `unique` and `references` their values together, else each by "
            "itself"
        ),
    ] = UNSET
    min: Annotated[
        float | UnsetType, Meta(description="of `range`, the smallest number; of `row_count`, of rows")
    ] = UNSET
    max: Annotated[
        float | UnsetType, Meta(description="of `range`, the largest number; of `row_count`, of rows")
    ] = UNSET
    values: Annotated[
        list[str] | UnsetType, Meta(description="of `categories`, the values that there may be")
    ] = UNSET
    dataset: Annotated[
        str | UnsetType, Meta(description="of `references`, the other dataset that has to hold the values")
    ] = UNSET
    to: Annotated[
        list[str] | UnsetType,
        Meta(
            description="of `references`, its fields, in the order of `fields`; left out, those of the same names"
        ),
    ] = UNSET
    within: Annotated[
        Duration | UnsetType,
        Meta(
            description="of `freshness`, how long before the upload its newest row may have happened; "
            "`keepfit catalogue` calls the dataset late beyond it"
        ),
    ] = UNSET
    min_share: Annotated[
        Annotated[float, Meta(ge=0)] | UnsetType,
        Meta(description="of `row_count`, the fewest rows, as a share of what is usual among uploads before"),
    ] = UNSET
    max_share: Annotated[
        Annotated[float, Meta(gt=0)] | UnsetType,
        Meta(description="of `row_count`, the most rows, likewise"),
    ] = UNSET
    max_shift: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | UnsetType,
        Meta(
            description="of `distribution`, how far it may be from that of the uploads before, as Jensen-Shannon "
            "distance (0 to 1, less what chance gives); left out, 0.2"
        ),
    ] = UNSET

    @property
    def title(self) -> str:
        """What the contract is called."""
        return self.name or " ".join([self.rule, ", ".join(self.fields or [])]).strip()
