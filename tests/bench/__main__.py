"""Measures keepfit beside other ways to do the same, in turns, and prints ratios.

scripts/bench                  requests, start, serving, batch, online, drift, joins and search
scripts/bench drift            one of them
scripts/bench --json           one document on stdout
scripts/bench --without-peers  only what needs nothing but keepfit's own packages
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.bench import request_path
from tests.bench.batch import compared as batch
from tests.bench.drift import alarms, month
from tests.bench.drift import compared as drift
from tests.bench.figures import Comparison, show
from tests.bench.joins import compared as joins
from tests.bench.online import compared as online
from tests.bench.search import compared as search
from tests.bench.serving import compared as serving
from tests.bench.start import compared as start
from tests.bench.start import sizes
from tests.bench.turns import ROOT, Disagreement, WayFailed

# What each benchmark does without, where the peers are not there.
PEERS = {
    "requests": [],
    "start": [],
    "serving": ["FastAPI", "MLServer", "BentoML"],
    "batch": [],
    "online": [],
    "drift": ["Evidently"],
    "joins": ["polars", "Feast"],
    "search": [],
}

# Those that stand apart from the others, whose packages they cannot share.
_SERVERS = ("MLServer", "BentoML")


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, or 1 where ways that should agree do not, or one of them broke."""
    options = _options(arguments)
    wanted = options.benchmarks or list(PEERS)
    needed = [peer for name in wanted for peer in PEERS[name]]
    peers = None if options.without_peers or not needed else _peers("peers")
    others = None if options.without_peers or "serving" not in wanted else _peers("servers")
    missing = [peer for peer in needed if not (others if peer in _SERVERS else peers)]
    left_out = [f"{peer}: {_why(options.without_peers)}" for peer in missing]
    rounds, share = (1, 0.01) if options.quick else (options.rounds, 1.0)
    # What takes microseconds is measured more often.
    more, many = (1, 1) if options.quick else (4 * rounds, 60 * rounds)
    run: Mapping[str, Callable[[], list[Comparison]]] = {
        "requests": lambda: request_path.compared(rounds=many),
        "start": lambda: [
            *start.compared(rounds=more),
            sizes.compared(rounds=1 if options.quick else 5, share=share),
        ],
        "serving": lambda: serving.compared(
            fastapi=peers,
            others=others,
            rounds=1 if options.quick else 4 * rounds,
            seconds=0.1 if options.quick else 1.5,
        ),
        "batch": lambda: batch.compared(rounds=rounds, share=share),
        "online": lambda: online.compared(
            rounds=many, starts=more, requests=20 if options.quick else 400 * rounds
        ),
        "drift": lambda: [
            *drift.compared(peers=peers, rounds=rounds, share=share),
            *month.compared(rounds=rounds, share=share),
            *alarms.compared(share=share),
        ],
        "joins": lambda: joins.compared(peers=peers, rounds=rounds, share=share),
        "search": lambda: search.compared(share=share),
    }
    try:
        show({name: run[name]() for name in wanted}, left_out, as_json=options.json)
    except (Disagreement, WayFailed) as error:
        sys.stderr.write(f"nothing was measured: {error}\n")
        return 1
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("benchmarks", nargs="*", choices=[*PEERS, []], metavar="|".join(PEERS))
    parser.add_argument("--json", action="store_true", help="one document on stdout")
    parser.add_argument("--without-peers", action="store_true", help="install nothing to compare with")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way; the best one counts")
    parser.add_argument(
        "--quick", action="store_true", help="a hundredth of the rows, once: whether it runs, not how fast"
    )
    return parser.parse_args(arguments)


def _peers(environment: str) -> Path | None:
    """The Python of an environment of peers, made where there is none; None where that cannot be done."""
    made = subprocess.run([sys.executable, "scripts/setup", environment], cwd=ROOT, check=False)
    return None if made.returncode else ROOT / f".venv-{environment}" / "bin" / "python"


def _why(asked: bool) -> str:
    return "as asked" if asked else "its packages could not be installed; the reason is above"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
