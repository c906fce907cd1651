"""Generated expressions: every operation on columns, constants and each other."""

from __future__ import annotations

from hypothesis import strategies as st

from keepfit.features.expressions.times import DIFF, PARTS, TRUNC

Sqls = st.SearchStrategy[str]
# Expressions that give a number, a truth, a text and a time.
Parts = tuple[str, str, str, str]

number_leaves = st.one_of(
    st.sampled_from(
        [
            "x",
            "y",
            "i",
            '"odd name"',
            "0",
            "-1",
            "0.1",
            "1e308",
            "3",
            "pi()",
            "coalesce(NULL, x)",
            "CAST(NULL AS DOUBLE)",
        ]
    ),
    st.sampled_from(["hour", "minute", "dow", "isodow", "day", "month", "doy", "year", "epoch"]).flatmap(
        lambda part: st.sampled_from(
            [f"extract({part} from at)", f"extract({part} from at at time zone 'America/New_York')"]
        )
    ),
)
truth_leaves = st.sampled_from(
    [
        "late",
        "TRUE",
        "(carrier = 'UA')",
        "(carrier in ('AA', 'O''Hare'))",
        "(carrier is null)",
        "(at is not null)",
        "(at <= at)",
        "(at < CAST('2013-07-04T02:30' AS TIMESTAMP))",
        "(note = '7.0')",
        "(note <> ' a')",
    ]
)
text_leaves = st.sampled_from(
    ["note", "carrier", "'7.0'", "'Straße'", "''", "coalesce(note, 'b')", "CAST(NULL AS VARCHAR)"]
)
time_leaves = st.sampled_from(
    [
        "at",
        "at at time zone 'America/New_York'",
        "CAST('2000-02-29 23:59:59.5' AS TIMESTAMP)",
        "DATE '1969-12-31'",
        "CAST(note AS TIMESTAMP)",
        "CAST(note AS DATE)",
    ]
)
patterns = st.text("aAbB%_!é\n\\ß7", max_size=6)


def wider(parts: st.SearchStrategy[Parts]) -> st.SearchStrategy[Parts]:
    """One step more of expressions from smaller ones."""
    number, truth, text, time = (parts.map(lambda each, i=place: each[i]) for place in range(4))
    return st.tuples(
        numeric(number, truth, text, time),
        logical(number, truth, text, time),
        textual(number, truth, text),
        timely(truth, time),
    )


def numeric(number: Sqls, truth: Sqls, text: Sqls, time: Sqls) -> Sqls:
    functions = ["abs", "floor", "ceil", "sqrt", "ln", "log", "log2", "log10", "exp", "sin", "cos", "-"]
    leaf = number_leaves  # no width_bucket within another
    several = st.sampled_from(["greatest", "least", "coalesce"])
    return st.one_of(
        st.builds("({} {} {})".format, number, st.sampled_from("+-*/%"), number),
        st.builds("{}({})".format, st.sampled_from(functions), number),
        st.builds("log({}, {})".format, number, number),
        st.builds("{}({}, {}, 0.5)".format, several, number, number),
        st.builds("CASE WHEN {} THEN {} WHEN {} THEN 1 ELSE {} END".format, truth, number, truth, number),
        st.builds("CASE {} WHEN {} THEN 2 END".format, number, number),
        st.builds("CAST({} AS BIGINT)".format, number),
        st.builds("CAST({} AS {})".format, st.one_of(text, truth), st.sampled_from(["DOUBLE", "BIGINT"])),
        st.builds("width_bucket({}, 0, {}, 7)".format, leaf, leaf),
        st.builds(
            "width_bucket({}, {}, {}, {})".format, leaf, leaf, leaf, st.sampled_from([1, 3, 2147483648])
        ),
        st.builds("date_diff('{}', {}, {})".format, st.sampled_from(list(DIFF)), time, time),
        st.builds("extract({} from {})".format, st.sampled_from(list(PARTS)), time),
    )


def logical(number: Sqls, truth: Sqls, text: Sqls, time: Sqls) -> Sqls:
    orders = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    return st.one_of(
        st.builds("({} {} {})".format, number, orders, number),
        st.builds("({} {} {})".format, time, orders, time),
        st.builds("({} {} {})".format, truth, st.sampled_from(["and", "or", "=", "<>"]), truth),
        st.builds("({} {} {})".format, text, st.sampled_from(["=", "<>"]), text),
        st.builds("(not {})".format, truth),
        st.builds("({} is null)".format, number),
        st.builds("({} between {} and {})".format, number, number, number),
        st.builds("({} in ({}, 1, NULL))".format, number, number),
        st.builds("CAST({} AS BOOLEAN)".format, st.one_of(number, text, truth)),
        st.builds("({} {} '{}')".format, text, likes, patterns),
        st.builds("({} {} '{}b' escape '!')".format, text, likes, patterns),
    )


likes = st.sampled_from(["like", "not like", "ilike", "not ilike"])


def textual(number: Sqls, truth: Sqls, text: Sqls) -> Sqls:
    return st.one_of(
        st.builds("{}({})".format, st.sampled_from(["lower", "upper"]), text),
        st.builds("CAST(CAST({} AS BIGINT) AS VARCHAR)".format, number),
        st.builds("CAST({} AS VARCHAR)".format, st.one_of(truth, text, st.just("i"))),
        st.builds("CASE WHEN {} THEN {} ELSE {} END".format, truth, text, text),
    )


def timely(truth: Sqls, time: Sqls) -> Sqls:
    return st.one_of(
        st.builds("date_trunc('{}', {})".format, st.sampled_from(list(TRUNC)), time),
        st.builds("coalesce({}, {})".format, time, time),
        st.builds("CASE WHEN {} THEN {} END".format, truth, time),
        st.builds("CAST({} AS {})".format, time, st.sampled_from(["DATE", "TIMESTAMP"])),
    )


expressions = st.recursive(
    st.tuples(number_leaves, truth_leaves, text_leaves, time_leaves), wider, max_leaves=8
).flatmap(lambda parts: st.sampled_from(parts[:3]))
