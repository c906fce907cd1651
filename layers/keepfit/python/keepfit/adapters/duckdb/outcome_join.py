"""The tables of a join of predictions with outcomes, filled file by file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from keepfit.adapters.duckdb.joined_outcomes import MISSING
from keepfit.definitions.compiled_model import CompiledOutcomes
from keepfit.features.datasets.part_rows import UPLOADED, part_rows
from keepfit.features.schema.definition import Field
from keepfit.features.schema.types.base import type_of
from keepfit.features.sql_literals import quoted, text
from keepfit.monitoring.outcomes.fields import PREDICTION_ID
from keepfit.monitoring.outcomes.labelled import LabelledColumns
from keepfit.monitoring.outcomes.pairs import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeJoin:
    """One join: the table ``told`` of outcomes, and the table ``asked`` of the window's predictions.

    Those that have an outcome are in ``labelled`` too, with their ``inputs`` as texts.
    """

    connection: Any
    outcomes: CompiledOutcomes
    question: Question
    inputs: Mapping[str, Field] = field(default_factory=dict)

    @property
    def by_id(self) -> bool:
        """Whether outcomes name predictions."""
        return self.outcomes.join_on == [PREDICTION_ID]

    def tell(self, parts: Sequence[Path]) -> None:
        """Reads the outcomes that were known, and which of them count."""
        held, keys = self.outcomes, ", ".join(self._keys)
        known, outcome = quoted(held.definition.known_column), quoted(held.field)
        names = [quoted(name) for name in held.join_on]
        given = " AND ".join(f"{each} IS NOT NULL" for each in (*names, outcome))
        named = ", ".join(f"{name} AS {key}" for name, key in zip(names, self._keys, strict=True))
        self.connection.execute(
            f"CREATE TEMP TABLE told AS SELECT {keys}, outcome, CAST(known AS TIMESTAMP) AS known, "  # noqa: S608
            "lead(known) OVER keyed IS NULL AS counts, lead(outcome) OVER keyed IS NOT DISTINCT FROM outcome AS again, "
            f"false AS matched, false AS elsewhere FROM (SELECT {named}, {outcome} AS outcome, {known} AS known, "
            f"{', '.join(UPLOADED)} FROM ({part_rows(parts, held.definition)}) WHERE {given} "
            f"AND {known} <= {_instant(self.question.as_of)}) "
            f"WINDOW keyed AS (PARTITION BY {keys} ORDER BY known, {', '.join(UPLOADED)})"
        )
        kind = type_of(held.definition.fields[held.field].type).storage
        self.connection.execute(
            "CREATE TEMP TABLE asked (id VARCHAR, version BIGINT, period TIMESTAMP, answer DOUBLE[], "
            f"outcome {kind}, late BOOLEAN, overdue BOOLEAN)"
        )
        texts = "".join(f", {sent} VARCHAR" for sent in self._sent)
        self.connection.execute(
            f"CREATE TEMP TABLE labelled (event_time TIMESTAMPTZ, known TIMESTAMPTZ, outcome {kind}{texts})"
        )

    def ask(self, paths: Sequence[Path]) -> None:
        """Reads predictions of the window, without those that earlier files had."""
        self._collect(paths)
        start, end = _instant(self.question.start), _instant(self.question.end)
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE new AS SELECT * FROM collected "  # noqa: S608
            f"WHERE event_time BETWEEN {start} AND {end} AND NOT EXISTS (FROM asked WHERE asked.id = collected.id) "
            "QUALIFY row_number() OVER (PARTITION BY id ORDER BY answered) = 1"
        )
        late, overdue = "false", "false"
        if self.question.expected_within is not None:
            due = f"event_time + INTERVAL {int(self.question.expected_within.total_seconds())} SECOND"
            late, overdue = f"known > {due}", f"{due} < {_instant(self.question.as_of)}"
        period = f"date_trunc('{self.question.by}', event_time)" if self.question.by else "NULL"
        same = " AND ".join(f"told.{key} = new.{key}" for key in self._keys)
        self.connection.execute(
            f"INSERT INTO asked SELECT id, version, {period}, answer, outcome, outcome IS NOT NULL AND {late}, "  # noqa: S608
            f"outcome IS NULL AND {overdue} FROM new LEFT JOIN told ON {same} AND told.counts"
        )
        self.connection.execute(
            f"UPDATE told SET matched = true WHERE counts AND EXISTS (FROM new WHERE {same})"  # noqa: S608
        )
        if self.inputs:
            self.connection.execute(
                f"INSERT INTO labelled SELECT {', '.join(['event_time, known, outcome', *self._sent])} "  # noqa: S608
                f"FROM new JOIN told ON {same} AND told.counts"
            )
        if self.by_id and self.question.everywhere:
            self._mark_elsewhere()

    def write(self, columns: LabelledColumns, path: Path) -> int:
        """Writes the table ``labelled`` by the headers of the dataset."""
        times = (("event_time", columns.event_time), ("known", columns.known_at))
        chosen = [f"outcome AS {quoted(columns.label)}"]
        chosen += [f"{time} AS {quoted(header)}" for time, header in times if header]
        chosen += [
            f"{sent} AS {quoted(columns.headers[name])}"
            for name, sent in zip(columns.inputs, self._sent, strict=True)
        ]
        chosen += [f"CAST(NULL AS VARCHAR) AS {quoted(header)}" for header in columns.blank]
        rows = self.connection.sql(f"SELECT {', '.join(chosen)} FROM labelled")  # noqa: S608
        rows.write_parquet(str(path), compression="zstd")
        [(count,)] = self.connection.execute("SELECT count(*) FROM labelled").fetchall()
        return int(count)

    def look_elsewhere(self, paths: Sequence[Path]) -> None:
        """Looks for outcomes of predictions of another time."""
        self._collect(paths)
        self._mark_elsewhere()

    def misses_some(self) -> bool:
        """Whether outcomes are left whose predictions were not seen."""
        asked = f"SELECT EXISTS (FROM told WHERE {MISSING})"
        return bool(self.connection.execute(asked).fetchone()[0])

    def _mark_elsewhere(self) -> None:
        self.connection.execute(
            "UPDATE told SET elsewhere = true WHERE counts AND NOT matched "
            "AND EXISTS (FROM collected WHERE collected.id = told.key_0)"
        )

    def _collect(self, paths: Sequence[Path]) -> None:
        """Makes a view of what is joined of some files, in the types of the outcomes' dataset."""
        files = f"read_parquet([{', '.join(text(str(path)) for path in paths)}], union_by_name = true)"
        described = self.connection.execute(f"DESCRIBE FROM {files}").fetchall()
        kinds = {name: kind for name, kind, *_ in described}
        fields = self.outcomes.definition.fields
        keys = (
            ["_prediction_id"]
            if self.by_id
            else [_as_held(fields[name], name, kinds.get(name)) for name in self.outcomes.join_on]
        )
        named = ", ".join(f"{value} AS {key}" for value, key in zip(keys, self._keys, strict=True))
        for (name, each), sent in zip(self.inputs.items(), self._sent, strict=True):
            named += f", {_spelled(each, name, kinds.get(name))} AS {sent}"
        answer = "_answer" if "_answer" in kinds else "CAST(NULL AS DOUBLE[])"
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW collected AS SELECT _prediction_id AS id, _version AS version, "  # noqa: S608
            f"_at AS answered, _event_time AS event_time, {answer} AS answer, {named} FROM {files}"
        )

    @property
    def _sent(self) -> list[str]:
        return [f"sent_{number}" for number in range(len(self.inputs))]

    @property
    def _keys(self) -> list[str]:
        return [f"key_{number}" for number in range(len(self.outcomes.join_on))]


def _as_held(form: Field, column: str, kind: str | None) -> str:
    """A column of requests in the type of the outcomes' dataset; NULL where there is no such value."""
    held = type_of(form.type)
    text_of = _spelled(form, column, kind)
    return f"CAST({held.value_sql(form, held.parsed_sql(form, text_of))} AS {held.storage})"


def _spelled(form: Field, column: str, kind: str | None) -> str:
    """A column of requests as texts of a file; NULL where no request had it."""
    if kind is None:
        return "CAST(NULL AS VARCHAR)"
    held, sent = type_of(form.type), quoted(column)
    if kind == "DOUBLE" and held.storage == "VARCHAR":  # a text that was sent as a whole number
        sent, kind = f"CASE WHEN {sent} = trunc({sent}) THEN TRY_CAST({sent} AS BIGINT) END", "BIGINT"
    return held.spelled_sql(form, sent, kind)


def _instant(at: datetime) -> str:
    return f"TIMESTAMP {text(str(at.astimezone(UTC).replace(tzinfo=None)))}"
