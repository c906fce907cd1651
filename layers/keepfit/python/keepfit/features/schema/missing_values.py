"""The words that R, pandas, SQL and Excel write where there is no value."""

from __future__ import annotations

from typing import Final

# As programs spell them, and nobody spells a category: R, pandas, numpy, SQL, Hive and MySQL, Excel.
MISSING_CATEGORIES: Final = (
    "NA",
    "N/A",
    "n/a",
    "<NA>",
    "NaN",
    "nan",
    "NaT",
    "NULL",
    "null",
    "(null)",
    r"\N",
    "#N/A",
    "#N/A N/A",
    "#NA",
)
# Of what is no text, no such word could be a value, so any case will do: Python's None, SAS's point, old Windows' NaN.
MISSING: Final = (
    *sorted({word.lower() for word in MISSING_CATEGORIES}),
    "none",
    ".",
    "-nan",
    "+nan",
    "1.#qnan",
    "-1.#qnan",
    "1.#ind",
    "-1.#ind",
)
