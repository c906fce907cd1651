"""The window to compare: rows of many versions, counted in the bins of one reference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.estimation.estimator import Answers, Tally
from keepfit.monitoring.profiles.bins import Binned, Bins
from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.profile import ReferenceProfile
from keepfit.monitoring.profiles.row_sample import WindowSample
from keepfit.monitoring.profiles.season import phases_of
from keepfit.monitoring.profiles.season_names import PHASES
from keepfit.monitoring.profiles.segments import Counts, count_segments
from keepfit.monitoring.profiles.window_profile import WindowProfile

Columns = Mapping[str, Bins]
Instants = tuple[datetime, datetime]
"""The first and the last moment of a window, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowColumns:
    """The columns to read of a window, what was asked and what was predicted, each with its bins.

    ``times`` says whether the moments of rows are wanted. ``answers`` is of how many numbers those answers are that are
    wanted; 0 for none.
    """

    inputs: Columns
    outputs: Columns
    times: bool = False
    answers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowRows:
    """Rows of a window: (rows,) versions; name to (rows,) numbers, masked where missing, or bins.

    ``columns`` are what was asked, ``outputs`` what was predicted. ``seconds`` are (rows,) moments of events since
    1970, and ``answers`` are (rows, width) numbers, NaN where an answer has fewer; None where they are not wanted.
    """

    versions: NDArray[np.int64]
    columns: dict[str, NDArray[Any] | Binned]
    outputs: dict[str, NDArray[Any] | Binned]
    seconds: NDArray[np.int64] | None = None
    answers: Answers | None = None


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """A window counted in a reference's bins, and its rows per answering version.

    ``segments`` has (segments, bins) counts by column, see ``profiles.segments``; empty for a model without any.
    ``phases`` and ``own_phases`` are (phases,) rows of all and of the champion's own; empty without a season.
    ``answers`` are the champion's, None where its profile has no estimator; ``sample`` has rows, None where that has
    none.
    """

    profile: WindowProfile
    rows_by_version: dict[int, int]
    segments: dict[str, Counts] = {}
    phases: list[int] = []
    own_phases: list[int] = []
    answers: Any = None
    sample: Any = None


def columns_to_read(reference: ReferenceProfile) -> WindowColumns:
    """The columns of the reference, and the bins that each is counted in."""
    return WindowColumns(
        inputs=_bins(reference.columns),
        outputs=_bins(reference.outputs),
        times=reference.season is not None,
        answers=0 if reference.estimator is None else reference.estimator.width,
    )


def _bins(columns: Mapping[str, ColumnProfile]) -> Columns:
    return {name: column.bins for name, column in columns.items()}


def count_window(
    parts: Iterable[WindowRows],
    reference: ReferenceProfile,
    *,
    champion: int,
    has_column: Callable[[int, str], bool],
) -> Window:
    """Counts the window in the reference's bins.

    Inputs count over the requests of all versions that have them: the world is the same whoever answers. What is
    predicted counts over the champion's own requests only, or a canary would look like drift.

    Args:
        parts: the rows, in any division.
        reference: the profile to count by.
        champion: the version that the reference belongs to.
        has_column: whether a version is asked with a column; rows of one that is not are not missing values.
    """
    profile, rows = WindowProfile(rows=0, columns={}), Counter[int]()
    segments: dict[str, Counts] = {}
    answers = None if reference.estimator is None else reference.estimator.tally()
    sample = None
    if reference.sample is not None:
        sample = WindowSample({name: reference.columns[name] for name in reference.sample.columns})
    phases = np.zeros((2, PHASES[reference.season.season] if reference.season else 0), np.int64)
    for part in parts:
        profile += _counted(part, reference, champion, has_column)
        rows.update(_by_version(part.versions))
        if sample is not None:
            sample.add(part.versions, part.columns, has_column)
        if answers is not None:
            tally_answers(answers, part, part.versions == champion, width=columns_to_read(reference).answers)
        if reference.season is not None and part.seconds is not None:
            found = phases_of(reference.season.season, part.seconds)
            for place, chosen in enumerate((found, found[part.versions == champion])):
                phases[place] += np.bincount(chosen, minlength=phases.shape[1])
        for name, counts in _by_segment(part, reference).items():
            segments[name] = segments[name] + counts if name in segments else counts
    return Window(
        profile=profile,
        rows_by_version=dict(sorted(rows.items())),
        segments=segments,
        phases=phases[0].tolist(),
        own_phases=phases[1].tolist(),
        answers=answers,
        sample=sample,
    )


def tally_answers(tally: Tally, part: WindowRows, chosen: NDArray[np.bool_], *, width: int) -> None:
    """Adds the (rows,) ``chosen`` answers of ``width`` numbers; early releases collected none."""
    whole = whole_answers(part, chosen, width=width)
    if part.answers is not None and whole.any():
        tally.add(part.answers[whole, :width])


def whole_answers(part: WindowRows, chosen: NDArray[np.bool_], *, width: int) -> NDArray[np.bool_]:
    """(rows,) which of the ``chosen`` rows have an answer of ``width`` numbers, none of them missing."""
    if part.answers is None or part.answers.shape[1] < width:
        return np.zeros(len(chosen), bool)
    missing = np.isnan(part.answers)
    return np.asarray(chosen & ~missing[:, :width].any(axis=1) & missing[:, width:].all(axis=1))


def _by_version(versions: NDArray[np.int64]) -> dict[int, int]:
    """The rows of each version; of one alone, as nearly always, at the price of a look at each."""
    if len(versions) and (versions == versions[0]).all():
        return {int(versions[0]): len(versions)}
    found, rows = np.unique(versions, return_counts=True)
    return dict(zip(found.tolist(), rows.tolist(), strict=True))


def _by_segment(part: WindowRows, reference: ReferenceProfile) -> dict[str, Counts]:
    of_segments = reference.segments
    if of_segments is None:
        return {}
    return count_segments(of_segments.by, of_segments.segments, part.columns, reference.bins)


def _counted(
    part: WindowRows, reference: ReferenceProfile, champion: int, has_column: Callable[[int, str], bool]
) -> WindowProfile:
    versions = [*_by_version(part.versions)]
    columns: dict[str, NDArray[Any] | Binned] = {}
    for name, values in part.columns.items():
        without = [version for version in versions if not has_column(version, name)]
        columns[name] = values[~np.isin(part.versions, without)] if without else values
    own = part.versions == champion
    outputs = part.outputs if own.all() else {name: values[own] for name, values in part.outputs.items()}
    counted = reference.counts_of(columns, outputs)
    return msgspec.structs.replace(counted, rows=len(part.versions))
