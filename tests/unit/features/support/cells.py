"""Forms of fields and the cells that people write, and what DuckDB and Python read of a cell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from keepfit.features.schema.blanks import BLANKS
from keepfit.features.schema.cell_form import CellForm
from keepfit.features.schema.cells import cell_reader, flaw_sql
from keepfit.features.schema.missing_values import MISSING, MISSING_CATEGORIES
from keepfit.features.schema.types.base import BadCell, type_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FORMATS = [
    "iso", "epoch_s", "epoch_ms", "%d.%m.%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M %p", "%d-%b-%y", "%B %d, %Y",
    "%Y%m%d", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S%z", "%a %d %b %Y %H:%M:%S", "%Y", "%b %Y",
]  # fmt: skip
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
]


def read_sql(connection: Any, form: CellForm, texts: list[str | None]) -> list[tuple[Any, str | None]]:
    """(value, flaw) of each text as an upload reads it; instants as microseconds since 1970."""
    kind = type_of(form.type)
    value = "epoch_us(v)" if kind.storage == "TIMESTAMPTZ" else "v"
    rows = connection.execute(
        f"SELECT CASE WHEN r IS NULL THEN {value} END, r FROM ("
        f"SELECT *, {flaw_sql(form, text='t', parsed='s', value='v')} AS r FROM ("
        f"SELECT *, {kind.value_sql(form, 's')} AS v FROM ("
        f"SELECT *, {kind.parsed_sql(form, 't')} AS s FROM (SELECT unnest($1::VARCHAR[]) AS t))))",
        [[text or None for text in texts]],
    ).fetchall()
    return [(value, flaw) for value, flaw in rows]


def read_python(form: CellForm, cell: Any) -> tuple[Any, str | None]:
    """(value, flaw) of a cell as a request reads it."""
    try:
        value = cell_reader(form)(cell)
    except BadCell as flaw:
        return None, str(flaw)
    return ((value - EPOCH) // timedelta(microseconds=1) if isinstance(value, datetime) else value), None


blanks = st.text(BLANKS, max_size=2)
words = st.sampled_from(
    [*MISSING, *MISSING_CATEGORIES, "?", "-", "-999", "-999.0", "yes", "No", "ON", "oFF", "t", "F", "ja", "NEIN",
     "1", "0",     "1.0", "2", "true", "False", "inf", "-Infinity", "UA", "7.0", "007.00", "now", "epoch"]
)  # fmt: skip
_digits = st.text("0123456789", min_size=1, max_size=5)


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """A number, or nearly one, in any country's way."""
    point, gap = (
        draw(st.sampled_from([".", ","])),
        draw(st.sampled_from(["", ",", ".", " ", "'", "\u2019", "\u00a0"])),
    )
    groups = draw(st.lists(st.text("0123456789", min_size=2, max_size=3), max_size=3)) if gap else []
    digits = gap.join([draw(_digits), *groups])
    fraction = draw(
        st.sampled_from(["", point, f"{point}0", f"{point}00"]) | _digits.map(lambda d: f"{point}{d}")
    )
    exponent = draw(st.sampled_from(["", "", "", "e5", "E+05", "e-3", "e17", "e400", "e"]))
    sign = draw(st.sampled_from(["", "", "-", "+", "\u2212", "--"]))
    before = draw(st.sampled_from(["", "", "$", "\u20ac", "\u20ac ", "\u00a3-", "US$"]))
    after = draw(st.sampled_from(["", "", "%", " %", "\u20ac", " \u20ac", "\u00a0%", "%%", "-", "_0"]))
    return f"{sign}{before}{digits}{fraction}{exponent}{after}"


@st.composite
def times(draw: st.DrawFn) -> str:
    """A time in some format, or nearly one."""
    at = draw(st.datetimes(datetime(1890, 1, 1), datetime(2210, 1, 1)))  # noqa: DTZ001
    offset = draw(st.sampled_from(["", "Z", " UTC", "+01:00", "-0530", "+05", "+24:00"]))
    iso = at.isoformat(
        draw(st.sampled_from("T ")), draw(st.sampled_from(["auto", "minutes", "seconds", "microseconds"]))
    )
    seconds = (at.replace(tzinfo=UTC) - EPOCH).total_seconds()
    written = [
        f"{iso}{offset}",
        at.date().isoformat(),
        f"{at.date()} 24:00",
        f"{seconds}",
        f"{seconds:.0f}",
        f"{seconds * 1000:.0f}",
        f"{at.day}.{at.month}.{at.year}",
        *(at.replace(tzinfo=UTC).strftime(one) for one in FORMATS if "%" in one),
    ]
    return draw(st.sampled_from(written))


@st.composite
def mutated(draw: st.DrawFn, cells: st.SearchStrategy[str]) -> str:
    """A cell with one character more, less, or other."""
    text = draw(cells)
    at = draw(st.integers(0, len(text)))
    put = draw(st.text("0129+-.,:'%$ eETZNatf_\u00a0\u212a\u017f\u0130", max_size=1))
    return text[:at] + put + text[at + draw(st.integers(0, 1)) :]


@st.composite
def vectors(draw: st.DrawFn) -> str:
    """A list of two numbers, or nearly one."""
    gap = draw(st.sampled_from(["", " ", "\t", "\u00a0"]))
    listed = draw(st.lists(numbers() | st.sampled_from(["0.5", "-1", "2e-3", "null", "NaN"]), max_size=3))
    return f"[{gap}{f'{gap},{gap}'.join(listed)}{gap}]"


_PLAIN = numbers() | times() | vectors() | words | st.text(max_size=8).filter(lambda text: "\0" not in text)
cells = st.tuples(blanks, _PLAIN | mutated(_PLAIN) | st.just("x" * 1001), blanks).map("".join)


@st.composite
def forms(draw: st.DrawFn, type_name: str) -> CellForm:
    """A field of a type with some of what it may declare, and no mistake in it."""
    keys: dict[str, Any] = {"nullable": draw(st.booleans())}
    if draw(st.booleans()):
        keys["missing"] = draw(st.lists(words, min_size=1, max_size=3))
    options = {
        "min": st.sampled_from([-5, 0, 1000.5]),
        "max": st.sampled_from([1000.5, 1e6]),
        "decimal": st.sampled_from([".", ","]),
        "thousands": st.sampled_from([".", ",", " ", "'"]),
        "true": st.just(["ja", "1"]),
        "false": st.just(["nein", "2"]),
        "format": st.lists(st.sampled_from(FORMATS), min_size=1, max_size=3, unique=True),
        "timezone": st.sampled_from(ZONES),
        "length": st.just(2),
        "extractor": st.just("pixels"),
        "size": st.just([2, 1]),
    }
    kind = type_of(type_name)
    chosen = draw(st.sets(st.sampled_from(sorted(kind.keys)))) if kind.keys else set()
    if chosen & {"true", "false"}:
        chosen |= {"true", "false"}
    chosen |= kind.keys & {"length", "size"}
    form = CellForm(type=type_name, **keys, **{key: draw(options[key]) for key in sorted(chosen)})
    return form if not list(kind.mistakes(form)) else CellForm(type=type_name, nullable=form.nullable)
