"""A page of HTML that holds all it needs: no script, no request to anywhere; light and dark."""

from __future__ import annotations

from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2430; --soft: #6b7686; --line: #d9dee5; --page: #fbfcfd; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --soft: #97a3b4; --line: #333c48; --page: #151a21; }
}
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--page); }
body { max-width: 900px; margin: 2.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.45rem; margin-bottom: .2rem; }
h2 { font-size: 1.05rem; margin: 2rem 0 .3rem; }
p { margin: .2rem 0 .8rem; }
svg { width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
"""


def page(title: str, *, style: str, body: str) -> str:
    """``body`` is HTML, ``style`` what only this page needs."""
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)}</title><style>{_STYLE}{style}</style>
{body}
</html>
"""
