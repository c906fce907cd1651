from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from keepfit.training.runs.run import TrainingRun
from keepfit.views.stores import ModelStores
from tests.unit.cli.conftest import Keepfit
from tests.unit.pages.support.markup import check_page, plots, well_formed
from tests.unit.views.support import history
from tests.unit.views.support.evidence import put_more_evidence

CURVES = {
    "roc": [[0.0, 0.0], [0.2, 0.7], [1.0, 1.0]],
    "calibration": [
        {"predicted": 0.1, "observed": 0.12, "rows": 250},
        {"predicted": 0.5, "observed": 0.4, "rows": 250},
    ],
}


def put_curves(stores: ModelStores, run: TrainingRun, candidate: str) -> None:
    """Judged as today: with what lies behind the figures."""
    key = f"{run.folder}/judgement.json"
    judgement = json.loads(stores.artifacts.get(key))
    [verdict] = [one for one in judgement["verdicts"] if one["candidate"] == candidate]
    verdict["curves"] = judgement["champion"]["curves"] = CURVES
    stores.artifacts.put(key, json.dumps(judgement).encode())


@pytest.fixture
def page(keepfit: Keepfit, stores: ModelStores, tmp_path: Path) -> str:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    put_curves(stores, run, "boosting")
    path = tmp_path / "run.html"
    assert str(path) in keepfit("runs", "show", run.run_id, "--html", str(path)).stderr
    return path.read_text(encoding="utf-8")


def test_everyone_who_was_measured_is_drawn_beside_the_champion(page: str) -> None:
    assert plots(page)[0].get("aria-label") == (
        "roc_auc; boosting: 0.7000 (0.6800 to 0.7200); forest: 0.6000 (0.6800 to 0.7200); "
        "champion, version 1: 0.6800 (0.6600 to 0.7000)"
    )


def test_the_curves_of_candidate_and_champion_share_a_plot_and_a_colour_each(page: str) -> None:
    _, roc, calibration = plots(page)
    said = [str(plot.get("aria-label")).partition(";")[0] for plot in (roc, calibration)]
    assert said == [
        "true positive rate by false positive rate",
        "observed share of true by predicted probability",
    ]
    assert re.findall(r"<figure><h2>(.*?)</h2>", page) == ["ROC curve", "Calibration"]
    for plot in (roc, calibration):
        assert re.findall(r"; ([^:]+):", str(plot.get("aria-label"))) == ["boosting", "champion, version 1"]
        styles = " ".join(str(path.get("style")) for path in plot.iter("path"))
        assert "stroke: var(--c0)" in styles
        assert "stroke: var(--soft)" in styles
    for key in ('key c0">boosting<', 'key base">champion, version 1<'):
        assert key in page


def test_the_page_says_why_and_from_what(page: str) -> None:
    for said in (
        "boosting is best with roc_auc 0.7000",
        "parity: differs by up to 0.3",
        "MemoryError",
        "max_iter 150",
        "upload (flights, version 1)",
        "<dt>waiting_rows</dt><dd>77</dd>",
        "d1",
    ):
        assert said in page


def test_the_page_holds_all_it_needs(page: str) -> None:
    check_page(page)


def test_the_bins_of_the_calibration_can_be_read_without_a_pointer(page: str) -> None:
    cells = [[cell.text for cell in row] for row in well_formed(page).findall(".//details//tbody/tr")]
    assert cells[:2] == [["boosting", "0.100", "0.120", "250"], ["boosting", "0.500", "0.400", "250"]]


def test_words_of_users_are_text(keepfit: Keepfit, stores: ModelStores, tmp_path: Path) -> None:
    run = history.put_run(stores, reason="<script>alert(1)</script>")
    path = tmp_path / "run.html"
    keepfit("runs", "show", run.run_id, "--html", str(path))
    assert "&lt;script&gt;alert(1)" in path.read_text(encoding="utf-8")
    assert "<script" not in path.read_text(encoding="utf-8")


def test_a_run_that_was_not_judged_has_a_page_too(
    keepfit: Keepfit, stores: ModelStores, tmp_path: Path
) -> None:
    run = history.put_run(stores, outcome="abandoned", reason="no candidate", version=None)
    path = tmp_path / "run.html"
    keepfit("runs", "show", run.run_id, "--html", str(path))
    assert "Nothing was judged." in path.read_text(encoding="utf-8")


def test_the_page_shows_the_evaluation_the_explanation_the_search_and_the_data(
    keepfit: Keepfit, stores: ModelStores, tmp_path: Path
) -> None:
    run = history.put_run(stores)
    history.put_evidence(stores, run)
    put_more_evidence(stores, run)
    path = tmp_path / "run.html"
    keepfit("runs", "show", run.run_id, "--html", str(path))
    page = path.read_text(encoding="utf-8")
    check_page(page)
    said = {str(plot.get("aria-label")).partition(";")[0] for plot in plots(page)}
    assert said >= {
        "roc_auc, on slices of the holdout",
        "gap between groups",
        "roc_auc by days since 2013-02-01",
        "cost per row by threshold, a probability",
        "loss of roc_auc",
        "mean |SHAP value|, log-odds",
        "SHAP value, log-odds",
        "roc_auc, on 300 rows by training rows",
        "roc_auc, on rows that validate by trial",
        "share of rows, %",
    }
    for words in (
        "A search examined 61 slices of at least 50 rows: 1 of them is surely worse than all other rows.",
        "origin = EWR, hour = 17 and above",
        "Fairness by sex",
        "of true probabilities 95 % of such holdouts would show less than 0.0400: chance explains it.",
        "At the threshold 0.200 a row costs 0.5000; the lowest on this holdout is 0.7000, at 1.00.",
        "Would more rows help? Yes: the last doubling, to 1,000 rows, made roc_auc surely better.",
        "-1.0000 of any row, and these make +0.2500.",
        "2 of 2 trials by tpe in 3 s; the best is trial 1.",
        "1 of 2 columns are kept; those in grey are dropped.",
        "Lineage",
    ):
        assert words in page
