"""The load from which containers are cheaper than Lambda, by list prices and a measured rate.

The rate is what `scripts/bench serving` printed:

python -m tests.bench.serving.costs --requests-per-cpu-second 7317

Prices are those of us-east-1 in dollars, on demand. The HTTP API costs the same before either.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Final

HOURS: Final = 730
"""Of a month."""
MILLION: Final = 1_000_000
# Lambda: a request, and a gigabyte-second of the 1,024 MB that a model's function has, a millisecond at least.
LAMBDA_MILLION: Final = 0.20
LAMBDA_GB_SECOND: Final = 0.0000166667
LAMBDA_GB: Final = 1.0
LAMBDA_VCPU: Final = 1024 / 1769
LAMBDA_LEAST_S: Final = 0.001
# Fargate: a task of 256 CPU units and 512 MB, with an address of its own; a load balancer, and a unit of its capacity.
VCPU_HOUR: Final = 0.04048
GB_HOUR: Final = 0.004445
ADDRESS_HOUR: Final = 0.005
TASK_VCPU, TASK_GB = 0.25, 0.5
BALANCER_HOUR: Final = 0.0225
CAPACITY_UNIT_HOUR: Final = 0.008
# Requests and answers of one row, with their heads; a unit takes a gigabyte of them.
GB_OF_MILLION: Final = 2.0
# SageMaker: data in and out of an endpoint; a second of a serverless one of 1 GB; an instance of 2 vCPU (ml.m5.large).
SAGEMAKER_GB: Final = 0.016
SERVERLESS_SECOND: Final = 0.00002
INSTANCE_HOUR: Final = 0.115
INSTANCE_VCPU: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What a way to serve costs: a month of nothing, and each million of requests in it.

    ``per_second`` is how many requests a second the ``monthly`` part answers before it grows; None where it need not.
    """

    name: str
    monthly: float
    million: float
    step: float = 0.0
    per_second: float | None = None

    def costs(self, requests_per_second: float) -> float:
        """Dollars a month, asked all the time at this rate."""
        millions = requests_per_second * 3600 * HOURS / MILLION
        beyond = 0.0 if self.per_second is None else max(0.0, requests_per_second / self.per_second - 1)
        return self.monthly + beyond * self.step + millions * self.million


def ways(rate: float, *, tasks: int = 2, utilisation: float = 0.6) -> list[Way]:
    """Each way to serve a model that answers ``rate`` requests with a second of one core.

    Two tasks, or two instances, are in two zones; ``utilisation`` is what they are used to before there are more.
    """
    in_function = max(LAMBDA_LEAST_S, 1 / rate / LAMBDA_VCPU)
    task = HOURS * (TASK_VCPU * VCPU_HOUR + TASK_GB * GB_HOUR + ADDRESS_HOUR)
    instance = HOURS * INSTANCE_HOUR
    data = GB_OF_MILLION * SAGEMAKER_GB
    return [
        Way(
            name="Lambda",
            monthly=0,
            million=LAMBDA_MILLION + MILLION * in_function * LAMBDA_GB * LAMBDA_GB_SECOND,
        ),
        Way(
            name=f"container, {tasks} tasks or more",
            monthly=HOURS * BALANCER_HOUR + tasks * task,
            million=GB_OF_MILLION * CAPACITY_UNIT_HOUR,
            step=tasks * task,
            per_second=tasks * TASK_VCPU * rate * utilisation,
        ),
        Way(
            name="SageMaker, serverless",
            monthly=0,
            million=MILLION * in_function * SERVERLESS_SECOND + data,
        ),
        Way(
            name="SageMaker, real-time, 2 instances or more",
            monthly=2 * instance,
            million=data,
            step=2 * instance,
            per_second=2 * INSTANCE_VCPU * rate * utilisation,
        ),
    ]


def cheaper_from(first: Way, second: Way, *, up_to: float = 100_000) -> float | None:
    """Requests a second from which ``second`` costs less than ``first``; None where it never does."""
    low, high = 0.0, up_to
    if second.costs(high) >= first.costs(high):
        return None
    while high - low > 0.01:
        middle = (low + high) / 2
        low, high = (low, middle) if second.costs(middle) < first.costs(middle) else (middle, high)
    return high


def report(rate: float) -> str:
    """The table of docs/evidence/cost.md."""
    found, loads = ways(rate), (1, 10, 100, 1000)
    lines = [
        "| asked all the time | " + " | ".join(f"{load:,}/s" for load in loads) + " |",
        "|---|" + "---|" * len(loads),
        *(
            f"| {way.name} | " + " | ".join(f"${way.costs(load):,.0f}" for load in loads) + " |"
            for way in found
        ),
    ]
    function, container = found[:2]
    load = cheaper_from(function, container)
    return "\n".join([*lines, "", f"Containers are cheaper than Lambda from {load:,.0f} requests a second."])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests-per-cpu-second", type=float, required=True, metavar="RATE")
    print(report(parser.parse_args().requests_per_cpu_second))  # noqa: T201 -- a command's output
