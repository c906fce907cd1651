"""A domain classifier: whether, and by what, rows of a window can be told from rows of the reference.

What a column by itself does not show, such as two that no longer go together, tells rows apart all the same. The
classifier is a logistic regression on normal scores of numbers, on frequent categories, and on squares and products of
two of them, which of normal distributions is the likelihood ratio. Products are chosen and weights are fitted on one
half of the rows, and the other half is told apart, both ways round: the area under the ROC curve is 0.5 where nothing
has drifted, however many columns there are.

Sources: Lopez-Paz and Oquab, Revisiting classifier two-sample tests, ICLR (2017); Rabanser, Günnemann and Lipton,
Failing loudly, NeurIPS (2019); of the interval: Hanley and McNeil, The meaning and use of the area under a ROC curve,
Radiology 143 (1982).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

from keepfit.monitoring.profiles.column_profile import ColumnProfile
from keepfit.monitoring.profiles.row_sample import Places

Floats = NDArray[np.float64]

_CATEGORIES: Final = 6
_LEAST_SHARE: Final = 0.005
_MOST_SINGLE, _MOST_PRODUCTS = 150, 40
_PENALTY: Final = 20.0
_STEPS: Final = 4
_FOLDS: Final = 2
_BINS: Final = 10
_NAMED: Final = 10
_SURE: Final = NormalDist().inv_cdf(0.999)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldApart:
    """How well rows were told apart that the classifier was not fitted to.

    Args:
        auc: the area under the ROC curve, the mean of both halves.
        error: its standard deviation, if rows do not depend on each other.
        by: columns, and pairs of them, with the share that each has in the difference of mean log odds, most first.
        reference: (10,) rows of the reference by tenths of the classifier's score.
        window: (10,) rows of the window.
    """

    auc: float
    error: float
    by: list[tuple[str, float]]
    reference: list[int]
    window: list[int]

    @property
    def at_least(self) -> float:
        """The area that chance leaves with a probability of 99.9 %, at least 0.5."""
        return max(0.5, self.auc - _SURE * self.error)


def tell_apart(profiles: Mapping[str, ColumnProfile], reference: Places, window: Places) -> ToldApart:
    """Classifies rows of a reference and of a window, at least four of each, by their places."""
    base = _base(profiles, reference, window)
    names, rows, domain = base.names, base.values, base.domain
    folds = np.concatenate([np.arange(count) % _FOLDS for count in ((~domain).sum(), domain.sum())])
    odds, shares, areas = np.empty(len(rows)), dict[str, float](), list[float]()
    for fold in range(_FOLDS):
        fitted, held = folds != fold, folds == fold
        model = _fit(rows[fitted], domain[fitted], numeric=base.numeric)
        parts = model.contributions(rows[held])
        odds[held] = parts.sum(axis=1)
        areas.append(_area(odds[held], domain[held]))
        gap = parts[domain[held]].mean(axis=0) - parts[~domain[held]].mean(axis=0)
        for name, share in zip(model.told_by(names), gap.tolist(), strict=True):
            shares[name] = shares.get(name, 0.0) + share
    auc = float(np.mean(areas))
    ranks = np.argsort(np.argsort(odds, kind="stable"), kind="stable") * _BINS // len(odds)
    whole = sum(max(0.0, share) for share in shares.values()) or 1.0
    by = sorted(((name, share / whole) for name, share in shares.items()), key=lambda each: -each[1])
    return ToldApart(
        auc=auc,
        # Both halves find the same: what one shows by chance the other has to repeat, and the other way round.
        error=_error(auc, int((~domain).sum()) // _FOLDS, int(domain.sum()) // _FOLDS),
        by=[(name, round(share, 4)) for name, share in by[:_NAMED] if share > 0],
        reference=np.bincount(ranks[~domain], minlength=_BINS).tolist(),
        window=np.bincount(ranks[domain], minlength=_BINS).tolist(),
    )


@dataclass(frozen=True, slots=True)
class _Base:
    """(rows, variables) values of about unit variance in the reference, and which rows are of the window.

    ``names`` are the columns of the variables, ``numeric`` those that are the number itself.
    """

    values: Floats
    domain: NDArray[np.bool_]
    names: list[str]
    numeric: NDArray[np.bool_]


def _base(profiles: Mapping[str, ColumnProfile], reference: Places, window: Places) -> _Base:
    """The variables that are not the same in every row."""
    values: list[Floats] = []
    names, numeric = list[str](), list[bool]()
    for name, profile in profiles.items():
        scored, is_number = _scored(profile)
        places = np.concatenate([reference[name], window[name]])
        found = scored[np.minimum(places, len(scored) - 1)]
        varies = np.ptp(found, axis=0) > 0
        values.append(found[:, varies])
        names += [name] * int(varies.sum())
        numeric += (varies & is_number)[varies].tolist() if found.shape[1] else []
    sizes = [len(next(iter(each.values()))) for each in (reference, window)]
    return _Base(
        np.concatenate(values, axis=1), np.repeat([False, True], sizes), names, np.array(numeric, np.bool_)
    )


def _scored(profile: ColumnProfile) -> tuple[Floats, NDArray[np.bool_]]:
    """(places, variables) normal scores of numbers, and whether it is missing or which category.

    And (variables,) which of them are the number itself.
    """
    if profile.grid is None:
        shares = np.array(profile.counts, dtype=np.float64) / max(1, sum(profile.counts))
        frequent = np.argsort(-shares, kind="stable")[:_CATEGORIES]
        frequent = frequent[shares[frequent] >= _LEAST_SHARE]
        hits = np.eye(len(shares))[:, frequent]
        return _centred(hits, shares[frequent]), np.zeros(len(frequent), dtype=np.bool_)
    cells = np.array(profile.grid.counts, dtype=np.float64)
    missing = profile.counts[-1] / max(1, sum(profile.counts))
    middle = (np.cumsum(cells) - cells / 2 + 0.5) / (cells.sum() + 1)
    scores = np.array([NormalDist().inv_cdf(share) for share in middle.tolist()])
    # What is missing is as any other number, and it has a variable of its own.
    present = np.append(scores, 0.0)[:, None]
    absent = np.append(np.zeros(len(cells)), 1.0)[:, None]
    variables = np.concatenate([present, _centred(absent, np.array([missing]))], axis=1)
    return variables, np.array([True, False])


def _centred(hits: Floats, shares: Floats) -> Floats:
    bounded = np.clip(shares, _LEAST_SHARE, 1 - _LEAST_SHARE)
    return np.asarray((hits - shares) / np.sqrt(bounded * (1 - bounded)))


@dataclass(frozen=True, slots=True)
class _Model:
    """Weights of single variables, and of products of two."""

    singles: NDArray[np.int64]
    products: NDArray[np.int64]
    centre: Floats
    weights: Floats
    offset: float

    def contributions(self, rows: Floats) -> Floats:
        """(rows, features) what each adds to the log odds of being of the window."""
        return (_features(rows, self.singles, self.products) - self.centre) * self.weights

    def told_by(self, names: list[str]) -> list[str]:
        """The column of each feature, or the two of a product."""
        pairs = [tuple(sorted((names[one], names[other]))) for one, other in self.products.tolist()]
        return [
            *(names[single] for single in self.singles.tolist()),
            *(one if one == other else f"{one} with {other}" for one, other in pairs),
        ]


def _features(rows: Floats, singles: NDArray[np.int64], products: NDArray[np.int64]) -> Floats:
    return np.concatenate([rows[:, singles], rows[:, products[:, 0]] * rows[:, products[:, 1]]], axis=1)


def _fit(rows: Floats, domain: NDArray[np.bool_], *, numeric: NDArray[np.bool_]) -> _Model:
    one, other = rows[~domain], rows[domain]
    singles = np.sort(np.argsort(-_apart(one, other), kind="stable")[:_MOST_SINGLE])
    products = _products(one, other, numeric)
    features = _features(rows, singles, products)
    centre = features.mean(axis=0)
    weights, offset = _logistic(features - centre, domain)
    return _Model(singles, products, centre, weights, offset)


def _apart(one: Floats, other: Floats) -> Floats:
    """(variables,) how many standard deviations the means are apart."""
    spread = one.var(axis=0) / len(one) + other.var(axis=0) / len(other)
    return np.asarray(np.abs(other.mean(axis=0) - one.mean(axis=0)) / np.sqrt(spread + 1e-9))


def _products(one: Floats, other: Floats, numeric: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(products, 2) the variables whose products moved most; of a number its square too."""
    means = [each.T @ each / len(each) for each in (one, other)]
    squares = [(each**2).T @ each**2 / len(each) for each in (one, other)]
    spread = sum(
        (square - mean**2) / len(each)
        for square, mean, each in zip(squares, means, (one, other), strict=True)
    )
    apart = np.triu(np.abs(means[1] - means[0]) / np.sqrt(np.maximum(spread, 0) + 1e-9))
    apart[np.diag_indices_from(apart)] *= numeric
    chosen = np.argsort(-apart, axis=None, kind="stable")[:_MOST_PRODUCTS]
    return np.column_stack(np.unravel_index(chosen, apart.shape)).astype(np.int64)


def _logistic(features: Floats, domain: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Weights and offset by a few steps of Newton's, drawn to none."""
    given = np.column_stack([features, np.ones(len(features))])
    penalty = np.append(np.full(features.shape[1], _PENALTY), 1e-6)
    weights = np.zeros(given.shape[1])
    for _ in range(_STEPS):
        expected = 1 / (1 + np.exp(-np.clip(given @ weights, -30, 30)))
        gradient = given.T @ (domain - expected) - penalty * weights
        curvature = (given * (expected * (1 - expected))[:, None]).T @ given + np.diag(penalty)
        weights += np.linalg.solve(curvature, gradient)
    return weights[:-1], float(weights[-1])


def _area(odds: Floats, domain: NDArray[np.bool_]) -> float:
    """The chance that a row of the window has higher odds than one of the reference; ties count half."""
    reference = np.sort(odds[~domain])
    won = np.searchsorted(reference, odds[domain], "left") + np.searchsorted(reference, odds[domain], "right")
    return float(won.mean() / (2 * len(reference)))


def _error(auc: float, reference: int, window: int) -> float:
    """The standard deviation of an area, by Hanley and McNeil."""
    area = max(auc, 1 - auc)
    of_window, of_reference = area / (2 - area), 2 * area**2 / (1 + area)
    variance = (
        area * (1 - area) + (window - 1) * (of_window - area**2) + (reference - 1) * (of_reference - area**2)
    )
    return sqrt(max(variance, 0.0) / (reference * window))
