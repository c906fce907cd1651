"""Rows for `keepfit performance --rows`: requests with their outcomes, for the model's dataset."""

from __future__ import annotations

from pathlib import Path

from cli.checkout import models_folder
from cli.exits import CommandError, Exit
from cli.places.deployment import Deployment
from keepfit.adapters.duckdb.outcome_pairs import DuckdbOutcomePairs
from keepfit.adapters.duckdb.parquet_predictions import ParquetPredictions
from keepfit.definitions.compiling import compile_model, load
from keepfit.errors import InvalidRequest
from keepfit.monitoring.outcomes.labelled import labelled_columns
from keepfit.monitoring.outcomes.pairs import Question
from keepfit.monitoring.outcomes.report import PerformanceReport


def write_rows(deployment: Deployment, report: PerformanceReport, path: Path) -> str:
    """Writes the requests of a report's window that have an outcome; answers with the next command.

    Raises:
        CommandError: requests are no rows of the dataset, or outcomes are rows of it already.
    """
    model = compile_model(load(models_folder()), report.model)
    definition, outcomes = model.definition, model.outcomes
    if not outcomes:
        raise CommandError(f"[model.{report.model}] has no outcomes in {models_folder()}", Exit.REFUSED)
    if outcomes.dataset == definition.dataset:
        raise CommandError(
            f"outcomes of {report.model} are rows of {outcomes.dataset}, from which it learns already",
            Exit.REFUSED,
        )
    if report.window is None:
        raise CommandError(f"no prediction of {report.model} was collected yet", Exit.NOT_FOUND)
    try:
        columns = labelled_columns(definition.dataset, model.spine, definition.inputs, definition.label)
    except InvalidRequest as error:
        raise CommandError(str(error), Exit.REFUSED) from error
    pairs = DuckdbOutcomePairs(
        outcomes=outcomes,
        predictions=ParquetPredictions(files=deployment.lake, model=report.model),
        lake=deployment.manifests,
        records=deployment.datasets,
    )
    start, end = report.window
    question = Question(start=start, end=end, as_of=report.as_of, everywhere=False)
    count = pairs.write_rows(question, columns, path)
    return f"{count:,} rows with outcomes: keepfit upload {definition.dataset} {path}"
