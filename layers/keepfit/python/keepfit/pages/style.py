"""The style sheet of every page: light and dark, for screens and phones.

Colours are classes: what is written in ``--own`` has the colour of the nearest class around it. ``c0`` to ``c5`` tell
things of one kind apart, ``base`` is what others are compared with, ``good`` and ``bad`` are verdicts.
"""

from __future__ import annotations

from typing import Final

COLOURS: Final = 6
"""How many things of one kind have a colour of their own."""

STYLE: Final = """
:root {
  color-scheme: light dark;
  --ink: #1c2430; --soft: #5f6b7b; --line: #d9dee5; --page: #fbfcfd; --good: #15803d; --bad: #b91c1c;
  --c0: #0b7a75; --c1: #b4532a; --c2: #4757b8; --c3: #8a5a9e; --c4: #6b6b18; --c5: #1f6f9e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ink: #e6eaf0; --soft: #97a3b4; --line: #333c48; --page: #151a21; --good: #4ade80; --bad: #ff7b86;
    --c0: #3fc1b8; --c1: #e8915f; --c2: #93a0ff; --c3: #c99be0; --c4: #cdcd5c; --c5: #6cc0f0;
  }
}
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); margin: 0; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .2rem; }
h2 { font-size: 1.05rem; margin: 0 0 .3rem; }
p { margin: .2rem 0 .8rem; }
section, figure { margin: 2rem 0 0; min-width: 0; }
.grid > * { margin-top: 1.4rem; }
dl { display: grid; grid-template-columns: fit-content(11rem) minmax(0, 1fr); gap: .1rem 1rem; margin: .6rem 0; }
dd { margin: 0; }
dt, .soft { color: var(--soft); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; overflow-wrap: normal; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
details { margin: .3rem 0; } summary { color: var(--soft); cursor: pointer; }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 0 2rem; }
.key { color: var(--own); font-weight: 600; margin-right: 1rem; }
.verdict { color: var(--own); font-weight: 600; }
svg { display: block; width: 100%; height: auto; margin: .4rem 0 .8rem; }
svg text { font: 11px system-ui, sans-serif; }
.base { --own: var(--soft); } .good { --own: var(--good); } .bad { --own: var(--bad); }
.c0 { --own: var(--c0); } .c1 { --own: var(--c1); } .c2 { --own: var(--c2); }
.c3 { --own: var(--c3); } .c4 { --own: var(--c4); } .c5 { --own: var(--c5); }
"""


def colour(number: int) -> str:
    """The colour class of the thing with this number, counted from 0; colours repeat.

    >>> colour(1), colour(7)
    ('c1', 'c1')
    """
    return f"c{number % COLOURS}"
