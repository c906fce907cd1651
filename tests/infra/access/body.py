"""Reads the body of a function: what it calls, and what its names stand for."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from tests.infra.access.names import (
    NOTHING,
    PROPERTIES,
    Class,
    Client,
    ClientMethod,
    Instance,
    Routine,
    Value,
    Values,
    Whole,
    annotated,
    decorators,
    field_of,
    methods,
    named,
)
from tests.infra.access.operations import asked, is_operation
from tests.infra.access.sources import Module

if TYPE_CHECKING:
    from tests.infra.access.reach import Reach

_MAKES_CLIENTS = Routine("keepfit.adapters.aws.clients", "client")


@cache
def _children(node: ast.AST) -> tuple[ast.AST, ...]:
    """They are looked at many times."""
    return tuple(ast.iter_child_nodes(node))


class Body:
    """Statements of one function, in no order: a name stands for all that is ever given to it."""

    def __init__(self, reach: Reach, where: Module, statements: Sequence[ast.stmt], routine: Routine) -> None:
        self.reach, self.where, self.routine = reach, where, routine
        self._tree = ast.Module(body=list(statements), type_ignores=[])
        self._names: defaultdict[str, set[Value]] = defaultdict(set)
        # How much was known of a name when it was read first.
        self._read: dict[str, int] = {}
        self._answers: set[Value] = set()

    def take(self, node: ast.FunctionDef) -> None:
        """The parameters; the first of a method is its instance or its class."""
        self._parameters(node)
        first = node.args.args[:1] if self.routine.of and "staticmethod" not in decorators(node) else []
        for own in first:
            of = self.routine.of
            self._names[own.arg].add(of if "classmethod" in decorators(node) else Instance(of))

    def _parameters(self, node: ast.FunctionDef) -> None:
        given = node.args
        for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if argument:
                self._names[argument.arg] |= annotated(self.where, argument.annotation, self.routine.of)

    def scan(self) -> None:
        """Again where a name was read that is given a value further down."""
        self._read.clear()
        self._all(self._tree.body)
        if any(len(self._names[name]) > known for name, known in self._read.items()):
            self._all(self._tree.body)

    def answer(self) -> Values:
        self.scan()
        return frozenset(self._answers)

    def _all(self, statements: Iterable[ast.AST]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.AST) -> None:
        match node:
            case ast.ClassDef() | ast.Import() | ast.ImportFrom():
                return
            case ast.FunctionDef():
                if self.routine.name:  # one inside another; those of modules are reached by name
                    self._inner(node)
                return
            case ast.expr():
                self._value(node)
                return
        self._given(node)
        self._all(child for child in _children(node) if not isinstance(child, ast.pattern))

    def _inner(self, node: ast.FunctionDef) -> None:
        self._parameters(node)
        self._names[node.name] |= annotated(self.where, node.returns)
        self._all(node.body)

    def _given(self, node: ast.AST) -> None:
        """What the statement gives to names."""
        match node:
            case ast.Assign(targets=targets, value=value):
                self._bind(targets, self._value(value))
            case ast.AnnAssign(target=target, annotation=annotation, value=value):
                given = self._value(value) if value else NOTHING
                self._bind([target], given | annotated(self.where, annotation, self.routine.of))
            case ast.For(target=target, iter=value):
                self._bind([target], self._value(value))
            case ast.withitem(context_expr=value, optional_vars=ast.expr() as target):
                self._bind([target], self._value(value))
            case ast.Return(value=ast.expr() as value):
                self._answers |= self._value(value)
            case ast.Match(subject=subject, cases=cases):
                self._captures(self._value(subject), cases)

    def _bind(self, targets: Iterable[ast.expr], values: Values) -> None:
        for target in targets:
            match target:
                case ast.Name(id=name):
                    self._names[name] |= values
                case ast.Attribute(value=whose, attr=name):
                    for owner in self._value(whose):
                        if isinstance(owner, Instance):
                            self.reach.attributes[owner.of, name] |= values
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    self._bind(parts, values)
                case ast.Starred(value=part):
                    self._bind([part], values)

    def _captures(self, subject: Values, cases: list[ast.match_case]) -> None:
        for node in (node for case in cases for node in ast.walk(case.pattern)):
            match node:
                case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                    self._names[name] |= subject

    def _value(self, node: ast.expr) -> Values:  # noqa: PLR0911  one answer per kind of expression
        match node:
            case ast.Name(id=name):
                held = self._names[name]
                self._read.setdefault(name, len(held))
                return frozenset(held) or self._global(name)
            case ast.Attribute(value=whose, attr=name):
                values = [self._member(value, name) for value in self._value(whose)]
                return frozenset().union(*values)
            case ast.Call():
                return self._call(node)
            case ast.NamedExpr(target=target, value=value):
                self._bind([target], self._value(value))
                return self._value(value)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for generator in node.generators:
                    self._bind([generator.target], self._value(generator.iter))
                    self._all(generator.ifs)
            case ast.Subscript(value=value, slice=index):
                self._value(index)
                return self._value(value)
            case ast.Compare() | ast.JoinedStr():
                self._all(child for child in _children(node) if isinstance(child, ast.expr))
                return NOTHING
        parts = [child for child in _children(node) if isinstance(child, ast.expr)]
        return frozenset().union(*map(self._value, parts))

    def _global(self, name: str) -> Values:
        found = named(self.where.name, name)
        self.reach.routines |= {value for value in found if isinstance(value, Routine)}
        return found

    def _member(self, value: Value, name: str) -> Values:
        match value:
            case Whole(name=origin):
                found = named(origin, name)
                self.reach.routines |= {one for one in found if isinstance(one, Routine)}
                return found
            case Client(service=service):
                return frozenset({ClientMethod(service, name)})
            case Instance(of=of) | (Class() as of) if name in methods(of):
                method = self.reach.method(of, name)
                is_property = decorators(methods(of)[name]) & PROPERTIES
                return self.reach.call(method) if is_property else frozenset({method})
            case Instance(of=of):
                held = frozenset(self.reach.attributes[of, name])
                found = field_of(of, name)
                # Neither a field nor a method: of the container that the value stands for.
                return frozenset({value}) if found is None and not held else held | (found or NOTHING)
        return NOTHING

    def _call(self, node: ast.Call) -> Values:
        given = [self._value(argument) for argument in node.args]
        given += [self._value(keyword.value) for keyword in node.keywords]
        callees = self._value(node.func)
        if not any(isinstance(callee, ClientMethod | Routine) for callee in callees):
            self._refuse_hidden_clients(node)
        if not callees:
            # Somebody else's: what it was given, it may give back, as next, list, replace or partial do.
            return frozenset(
                value for value in frozenset().union(*given) if isinstance(value, Instance | Routine)
            )
        return frozenset().union(*(self._answer_of(callee, node) for callee in callees))

    def _answer_of(self, callee: Value, node: ast.Call) -> Values:
        match callee:
            case Class():
                self.reach.made[callee] = None
                return frozenset({Instance(callee)})
            case _ if callee == _MAKES_CLIENTS:
                [service] = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
                return frozenset({Client(str(service))})
            case Routine():
                return self.reach.call(callee)
            case ClientMethod(service=service, name=name):
                for operation in asked(service, name, node, self._tree):
                    self.reach.operations[operation].add(self.routine)
                return NOTHING
        return frozenset({callee})

    def _refuse_hidden_clients(self, node: ast.Call) -> None:
        """A client whose service cannot be told would hide what it is asked for."""
        match node.func:
            case ast.Attribute(attr=name) if "client" in self.where.imported and is_operation(name):
                raise AssertionError(
                    f"{self.routine}: .{name}() looks like an operation of AWS, but not of which client; "
                    'call it on client("<service>") or on a function that answers with it'
                )
