"""Parts collected rows by drawing, so that a row which judges once judges in every later run.

What is drawn are units: rows, or groups of them. Of the units that came first with one upload, and of each label among
those, the share with the smallest draws judges. So shares are exact, the order of rows changes nothing, and what comes
later moves nothing that was drawn before.
"""

from __future__ import annotations

from keepfit.adapters.duckdb.row_identity import group_id, row_id
from keepfit.features.datasets.part_rows import SOURCE, UPLOADED
from keepfit.features.offline.split_plan import Split, SplitPlan
from keepfit.features.schema.definition import DatasetDefinition


def identified(table: str, dataset: DatasetDefinition, split: Split, label: str) -> str:
    """The rows of ``table`` with ``_row_id``, what names them, and ``_unit``, what is drawn with them."""
    row = row_id(dataset, label)
    unit = "_row_id" if split.field is None else group_id(split.field, dataset, "_row_id")
    return f"SELECT *, {unit} AS _unit FROM (SELECT *, {row} AS _row_id FROM {table})"


def first_labels(rows: str, label: str) -> str:
    """The units of all labelled rows ever: the upload that each was labelled in first, and as what."""
    first = f"row_number() OVER (PARTITION BY _unit ORDER BY {', '.join(UPLOADED)}) = 1"
    return (
        f"SELECT _unit, {SOURCE} AS _upload, CAST({label} AS VARCHAR) AS _stratum FROM {rows} "
        f"WHERE {label} IS NOT NULL QUALIFY {first}"
    )


def judging_units(units: str, split: SplitPlan) -> str:
    """Draws those of ``units`` that judge; a fraction of a unit is one more, by chance."""
    stratum, seed = "_stratum" if split.stratified else "''", split.seed
    stratified_by = f"PARTITION BY _upload, {stratum}"
    rank = f"row_number() OVER ({stratified_by} ORDER BY {draw('_unit', seed)}, _unit)"
    part = f"{split.holdout.share!r} * count(*) OVER ({stratified_by}) + {_fraction(f'_upload, {stratum}', seed)}"
    return f"SELECT _unit FROM {units} QUALIFY {rank} <= floor({part})"


def draw(what: str, seed: int, purpose: str | None = None) -> str:
    """A number of 64 bits drawn for each of ``what``, the same for the same seed and purpose."""
    more = f", '{purpose}'" if purpose else ""
    return f"md5_number_lower(concat_ws(':', {what}, {seed}{more}))"


def _fraction(what: str, seed: int) -> str:
    """Drawn in [0, 1)."""
    return f"{draw(what, seed)} / 18446744073709551616.0"
