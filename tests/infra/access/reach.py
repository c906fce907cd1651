"""Finds the operations of AWS that a function's code reaches, from its handler.

A method is found by the type of what it is called on, as annotations say it. Called on a port, it is that of every
adapter that the function makes and that fits the port.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice

from tests.infra.access.body import Body
from tests.infra.access.names import (
    NOTHING,
    Class,
    Routine,
    Value,
    Values,
    Whole,
    annotated,
    definition,
    fits,
    is_port,
    lineage,
    methods,
    owner_of,
)
from tests.infra.access.operations import Operation
from tests.infra.access.sources import Module, module


@dataclass(slots=True)
class Reach:
    """What is reached so far; ``follow`` goes on until nothing new is.

    ``by_name`` are the modules that functions answer which import them by their names.
    """

    by_name: Mapping[str, str] = field(default_factory=dict)
    routines: set[Routine] = field(default_factory=set)
    made: dict[Class, None] = field(default_factory=dict)
    operations: defaultdict[Operation, set[Routine]] = field(default_factory=lambda: defaultdict(set))
    attributes: defaultdict[tuple[Class, str], set[Value]] = field(default_factory=lambda: defaultdict(set))
    _answers: dict[Routine, Values] = field(default_factory=dict)
    _matched: defaultdict[tuple[Class, str], int] = field(default_factory=lambda: defaultdict(int))

    def follow(self, roots: list[Module]) -> None:
        before = -1
        while before != (before := self._size()):
            self._answers.clear()
            for root in roots:
                Body(self, root, root.tree.body, Routine(root.name, "")).scan()
            for made in list(self.made):
                self._make(made)
            seen: set[Routine] = set()
            while new := self.routines - seen:
                seen |= new
                for routine in new:
                    self._body(routine).scan()

    def call(self, routine: Routine) -> Values:
        """Reaches a routine; what it answers."""
        self.routines.add(routine)
        if str(routine) in self.by_name:
            return frozenset({Whole(self.by_name[str(routine)])})
        if routine not in self._answers:
            self._answers[routine] = NOTHING  # for one that calls itself
            where, node = _written(routine)
            said = annotated(where, node.returns, routine.of)
            self._answers[routine] = said or self._body(routine).answer()
        return self._answers[routine]

    def method(self, of: Class, name: str) -> Routine:
        """Reaches a method of a class, or of those that fit it where it is a port, or that inherit from it."""
        matched = self._matched[of, name]  # so many of what is made have been looked at
        self._matched[of, name] = len(self.made)
        for one in islice(tuple(self.made), matched, None) if matched < len(self.made) else ():
            suits = fits(one, of) if is_port(of) else of in lineage(one)
            if suits and name in methods(one):
                self.routines.add(_method(one, name))
        self.routines.add(_method(of, name))
        return _method(of, name)

    def _make(self, made: Class) -> None:
        where = module(made.module)
        assert where
        for name in methods(made):
            if name.startswith("__"):
                self.routines.add(_method(made, name))
        values = [node for node in definition(made).body if isinstance(node, ast.Assign | ast.AnnAssign)]
        Body(self, where, values, Routine(made.module, "", made)).scan()

    def _body(self, routine: Routine) -> Body:
        where, node = _written(routine)
        body = Body(self, where, node.body, routine)
        body.take(node)
        return body

    def _size(self) -> int:
        """Grows with all that what a routine reaches depends on."""
        return sum(map(len, (self.made, *self.attributes.values())))


def reached(*roots: Module, by_name: Mapping[str, str] | None = None) -> Reach:
    """All that the modules reach, what they do when they are imported included."""
    found = Reach(by_name=by_name or {})
    for root in roots:
        found.routines |= {
            Routine(root.name, name)
            for name, node in root.defined.items()
            if isinstance(node, ast.FunctionDef)
        }
    found.follow(list(roots))
    return found


def _method(of: Class, name: str) -> Routine:
    owner = owner_of(of, name)
    return Routine(owner.module, name, owner)


def _written(routine: Routine) -> tuple[Module, ast.FunctionDef]:
    where = module(routine.module)
    assert where
    node = methods(routine.of)[routine.name] if routine.of else where.defined[routine.name]
    assert isinstance(node, ast.FunctionDef)
    return where, node
