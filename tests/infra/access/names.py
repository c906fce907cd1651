"""Resolves names, annotations and members of classes, as far as following calls needs it.

A container stands for what is in it, and a callable for what it answers: who calls ``find: Callable[[], Run | None]``
or looks into ``list[Run]`` gets a ``Run``. That may be too much, which costs precision, and never too little.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache

from tests.infra.access.sources import Module, module


@dataclass(frozen=True, slots=True)
class Class:
    module: str
    name: str


@dataclass(frozen=True, slots=True)
class Instance:
    of: Class


@dataclass(frozen=True, slots=True)
class Routine:
    """A function, or a method of a class."""

    module: str
    name: str
    of: Class | None = None

    def __str__(self) -> str:
        return ".".join(filter(None, (self.module, self.of and self.of.name, self.name)))


@dataclass(frozen=True, slots=True)
class Whole:
    """A module."""

    name: str


@dataclass(frozen=True, slots=True)
class Client:
    service: str


@dataclass(frozen=True, slots=True)
class ClientMethod:
    service: str
    name: str


Value = Class | Instance | Routine | Whole | Client | ClientMethod
Values = frozenset[Value]
NOTHING: Values = frozenset()
PROPERTIES = {"property", "cached_property"}


@cache
def named(origin: str, name: str) -> Values:
    """What a name means in a module; nothing where it is not the library's."""
    found = module(origin)
    if found is None:
        return NOTHING
    if name in found.imported:
        source, member = found.imported[name]
        return frozenset({Whole(source)}) if member is None else named(source, member)
    match found.defined.get(name):
        case ast.FunctionDef():
            return frozenset({Routine(origin, name)})
        case ast.ClassDef():
            return frozenset({Class(origin, name)})
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            return annotated(found, value)
    return NOTHING


def annotated(where: Module, annotation: ast.expr | None, owner: Class | None = None) -> Values:
    """Instances of the library's classes, and functions, that an annotation or a module's value names."""
    match annotation:
        case None:
            return NOTHING
        case ast.Name(id="Self") if owner:
            return frozenset({Instance(owner)})
        case ast.Name(id=name):
            return frozenset(map(_instance, named(where.name, name)))
        case ast.Attribute(value=ast.Name(id=name), attr=attribute):
            origins = [value.name for value in named(where.name, name) if isinstance(value, Whole)]
            return frozenset(_instance(found) for origin in origins for found in named(origin, attribute))
        case ast.Subscript(value=ast.Name(id="Callable"), slice=ast.Tuple(elts=[_, answer])):
            return annotated(where, answer, owner)
    parts = [child for child in ast.iter_child_nodes(annotation) if isinstance(child, ast.expr)]
    return frozenset().union(*(annotated(where, part, owner) for part in parts))


def _instance(value: Value) -> Value:
    return Instance(value) if isinstance(value, Class) else value


@cache
def definition(of: Class) -> ast.ClassDef:
    found = module(of.module)
    assert found
    node = found.defined[of.name]
    assert isinstance(node, ast.ClassDef)
    return node


@cache
def lineage(of: Class) -> tuple[Class, ...]:
    """A class and the library's classes that it inherits from, nearest first."""
    where = module(of.module)
    assert where
    bases = [one for base in definition(of).bases for one in annotated(where, base)]
    return (of, *(known for one in bases if isinstance(one, Instance) for known in lineage(one.of)))


@cache
def methods(of: Class) -> dict[str, ast.FunctionDef]:
    found: dict[str, ast.FunctionDef] = {}
    for one in reversed(lineage(of)):
        found |= {node.name: node for node in definition(one).body if isinstance(node, ast.FunctionDef)}
    return found


def decorators(node: ast.FunctionDef) -> set[str]:
    return {one.id for one in node.decorator_list if isinstance(one, ast.Name)}


@cache
def owner_of(of: Class, method: str) -> Class:
    """Which class of the lineage has the method."""
    return next(
        one
        for one in lineage(of)
        if any(isinstance(node, ast.FunctionDef) and node.name == method for node in definition(one).body)
    )


@cache
def field_of(of: Class, name: str) -> Values | None:
    """What a field of a class holds; None where there is no such field."""
    for one in lineage(of):
        where = module(one.module)
        assert where
        for node in definition(one).body:
            match node:
                case ast.AnnAssign(target=ast.Name(id=found), annotation=annotation) if found == name:
                    return annotated(where, annotation, one)
                case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                    return NOTHING
    return None


@cache
def is_port(of: Class) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Protocol" for base in definition(of).bases)


@cache
def fits(adapter: Class, port: Class) -> bool:
    """Whether a class has every method of a port, with parameters of the same names.

    What a port has as a property may be an attribute of the class.
    """
    return all(
        name in attributes(adapter)
        if "property" in decorators(node) and name not in methods(adapter)
        else name in methods(adapter) and _parameters(methods(adapter)[name]) == _parameters(node)
        for name, node in methods(port).items()
    )


@cache
def attributes(of: Class) -> set[str]:
    """The names that a class declares, or that its constructor gives a value."""
    bodies = [definition(one).body for one in lineage(of)]
    declared = {
        node.target.id
        for body in bodies
        for node in body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    made = methods(of).get("__init__")
    return declared | {
        node.attr
        for node in (ast.walk(made) if made else ())
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }


def _parameters(method: ast.FunctionDef) -> list[str]:
    given = method.args
    return [argument.arg for argument in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
