"""Joins features to rows on Spark: carries out a document of tables and statements.

    spark-submit job.py <address of the document>

What the document says is made by ``keepfit.adapters.spark.job``. This runs by itself on whatever Python an EMR release
has, so it imports nothing but Spark's and the standard library, and keeps to what Python 3.9 understands.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import DoubleType

SETTINGS = {
    # What cannot be cast or divided fails, as in DuckDB; it is never missing without a word.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.session.timeZone": "UTC",
}
# Dekker's constant for float64: it parts the 53 bits of a number in two halves.
SPLITTER = 134217729.0
# What is smaller, as a share of the sum of squares, is what pairs of floats lose.
NOISE = 2.0**-80


def exact_sum(values: Sequence[float] | None) -> float | None:
    """The sum of some numbers, rounded once; missing without any."""
    return math.fsum(values) if values else None


def deviation(values: Sequence[float] | None) -> float | None:
    """The sample standard deviation of some numbers; missing with fewer than two.

    Sums are pairs of floats, so that nothing cancels however far from 0 the numbers are.
    """
    if values is None or len(values) < 2:
        return None
    count = len(values)
    exponent = math.frexp(max(abs(value) for value in values))[1]
    scaled = [math.ldexp(value, -exponent) for value in values]
    products = [square(value) for value in scaled]
    squares = pair([product for both in products for product in both])
    every = count * squares
    left = every - pair(scaled) ** 2
    if left <= every * Fraction(NOISE):
        return 0.0
    return math.ldexp(math.sqrt(float(left) / (count * (count - 1))), exponent)


def pair(values: Sequence[float]) -> Fraction:
    """The sum of some numbers, to twice the digits of a float."""
    high = math.fsum(values)
    return Fraction(high) + Fraction(math.fsum([*values, -high]))


def square(value: float) -> tuple[float, float]:
    """The square of a number as a float, and what its rounding lost; see Dekker (1971)."""
    product, moved = value * value, SPLITTER * value
    high = moved - (moved - value)
    low = value - high
    return product, ((high * high - product) + 2 * high * low) + low * low


def carry_out(spark: SparkSession, document: dict[str, Any]) -> None:
    """Makes the tables, and every statement's view or result, in their order."""
    for name, value in SETTINGS.items():
        spark.conf.set(name, value)
    spark.udf.register("exact_sum", exact_sum, DoubleType())
    spark.udf.register("deviation", deviation, DoubleType())
    for table in document["tables"]:
        read = spark.read.schema(table["schema"])
        frame = (
            read.parquet(*table["paths"]) if table["paths"] else spark.createDataFrame([], table["schema"])
        )
        frame.createOrReplaceTempView(table["name"])
    for statement in document["statements"]:
        frame = spark.sql(statement["sql"])
        if statement["output"] is None:
            frame.createOrReplaceTempView(statement["name"])
            continue
        print("== {}".format(statement["name"]))
        frame.explain()
        frame.write.mode("overwrite").parquet(statement["output"])


def main(address: str) -> None:
    """Carries out the document at the address."""
    spark = SparkSession.builder.appName("keepfit: join features").getOrCreate()
    try:
        [row] = spark.read.text(address, wholetext=True).collect()
        carry_out(spark, json.loads(row[0]))
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1])
