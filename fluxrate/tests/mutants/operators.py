"""What is changed in a module: mutmut's operators, and a few of our own."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import libcst as cst
import libcst.matchers as m
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation import mutators

Operator = Callable[[Any], Iterable[cst.CSTNode]]

_NAME = re.compile(r"""["'][A-Za-z_][\w.-]*["']""")
_CHECKED_ELSEWHERE = m.MatchRegex(
    r"get_\w*schema\w*|security_schemes|EXACT|_parameter"
    r"|computed_times"
)
# Checked by the migrations, by mypy and by the comparison with openapi.yaml; log lines,
# `security(…)` among them, by fluxrate/tests/test_logs.py.
_UNTOUCHED = (
    m.Annotation()
    | m.Decorator()
    | m.Import()
    | m.ImportFrom()
    | m.ClassDef(name=m.Name("Meta"))
    | m.FunctionDef(name=m.Name(_CHECKED_ELSEWHERE))
    | m.Assign(targets=[m.AssignTarget(m.Name(_CHECKED_ELSEWHERE))])
    | m.AnnAssign(target=m.Name(_CHECKED_ELSEWHERE))
    | m.Call(func=m.Attribute(value=m.Name("models")))
    | m.Call(func=m.Name("LineField") | m.Name("OwnedForeignKey"))
    | m.Call(func=m.Name("TypeVar") | m.Name("cast"))
    | m.Call(func=m.Name("security"))
    | m.Call(func=m.Attribute(value=m.Name("logger") | m.Name("log")))
    | m.If(test=m.Name("TYPE_CHECKING"))
    | m.Assign(value=m.Subscript())
)
_CALL = m.SimpleStatementLine(body=[m.Expr(m.Call())])
_CONDITION = m.Name() | m.Attribute() | m.Call() | m.NamedExpr() | m.Subscript()


def _drop_argument(node: cst.Call) -> Iterator[cst.CSTNode]:
    """The call without one of its named arguments."""
    for number, argument in enumerate(node.args):
        if argument.keyword:
            rest = [*node.args[:number], *node.args[number + 1 :]]
            yield node.with_changes(args=rest)


def _drop_element(node: cst.Dict | cst.Set) -> Iterator[cst.CSTNode]:
    for number in range(len(node.elements)):
        rest = [*node.elements[:number], *node.elements[number + 1 :]]
        if rest or isinstance(node, cst.Dict):
            yield node.with_changes(elements=rest)


def _drop_statement(node: cst.SimpleStatementLine) -> Iterator[cst.CSTNode]:
    if m.matches(node, _CALL | m.SimpleStatementLine(body=[m.Raise()])):
        yield node.with_changes(body=[cst.Pass()])


def _negate(node: cst.If | cst.While) -> Iterator[cst.CSTNode]:
    if m.matches(node.test, _CONDITION):
        inner = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
        yield node.with_changes(test=cst.UnaryOperation(cst.Not(), inner))


def _rename(node: cst.SimpleString) -> Iterator[cst.CSTNode]:
    """A name becomes another; a sentence stays."""
    if _NAME.fullmatch(node.value):
        quote, name = node.value[0], node.value[1:-1]
        yield node.with_changes(value=f"{quote}XX{name}XX{quote}")


# A test that reaches the line notices None in a value's place, nearly always; and a
# sentence may be written in another way.
_TOO_EASY = {
    mutators.operator_assignment,
    mutators.operator_arg_removal,
    mutators.operator_string,
}
_OPERATORS: tuple[tuple[type, Operator], ...] = (
    *(
        (kind, operator)
        for kind, operator in mutators.mutation_operators
        if operator not in _TOO_EASY
    ),
    (cst.SimpleString, _rename),
    (cst.Call, _drop_argument),
    (cst.Dict, _drop_element),
    (cst.Set, _drop_element),
    (cst.SimpleStatementLine, _drop_statement),
    (cst.If, _negate),
    (cst.While, _negate),
)


@dataclass(frozen=True)
class Mutant:
    path: str
    function: str
    lines: range
    """Those that run it; none where it runs when the module is imported."""
    old: str
    new: str
    source: str
    uses: frozenset[int] = frozenset()
    """Then: the lines that name the constant, or its class."""

    @property
    def name(self) -> tuple[str, str, str]:
        """What says the same after code elsewhere in the file has moved."""
        return (self.path, self.old, self.new)


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.replacements: list[
            tuple[cst.CSTNode, cst.CSTNode, str, range, set[str]]
        ] = []
        self._names: list[tuple[str, bool]] = []
        self._statements: list[range] = []
        self._constants: set[str] = set()

    def on_visit(self, node: cst.CSTNode) -> bool:
        if m.matches(node, _UNTOUCHED) or _is_docstring(node):
            return False
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.append((node.name.value, isinstance(node, cst.FunctionDef)))
        if isinstance(node, cst.SimpleStatementLine):
            self._statements.append(_lines(self.get_metadata(PositionProvider, node)))
            self._constants = {
                target.value
                for target in m.findall(node, m.AssignTarget())
                for target in m.findall(target, m.Name())
                if isinstance(target, cst.Name)
            }
        for kind, operator in _OPERATORS:
            if isinstance(node, kind):
                for changed in operator(node):
                    where = (*self._where(node), self._constants | self._classes())
                    self.replacements.append((node, changed, *where))
        return True

    def on_leave(self, node: cst.CSTNode) -> None:
        if m.matches(node, _UNTOUCHED) or _is_docstring(node):
            return
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.pop()
        if isinstance(node, cst.SimpleStatementLine):
            self._statements.pop()

    def _classes(self) -> set[str]:
        """The classes around, whose attributes may be read elsewhere."""
        return {name for name, is_function in self._names if not is_function}

    def _where(self, node: cst.CSTNode) -> tuple[str, range]:
        name = ".".join(name for name, _ in self._names)
        if not any(is_function for _, is_function in self._names):
            return name, range(0)
        if self._statements:
            return name, self._statements[-1]
        if isinstance(node, cst.If | cst.While):
            node = node.test
        return name, _lines(self.get_metadata(PositionProvider, node))


def mutants(root: Path, path: str) -> list[Mutant]:
    """Every mutant of a file, in the order of its lines."""
    source = (root / path).read_text()
    wrapper = MetadataWrapper(cst.parse_module(source))
    visitor = _Visitor()
    wrapper.visit(visitor)
    made = {}
    for old, new, function, lines, names in visitor.replacements:
        text = _code(wrapper.module, old, new)
        if text not in made and _compiles(text):
            uses = _uses(source, names) if not lines else frozenset()
            change = _difference(source, text)
            made[text] = Mutant(path, function, lines, *change, text, uses)
    return list(made.values())


def _uses(source: str, names: set[str]) -> frozenset[int]:
    return frozenset(
        number
        for number, line in enumerate(source.splitlines(), 1)
        if names.intersection(re.findall(r"\w+", line))
    )


def _code(module: cst.Module, old: cst.CSTNode, new: cst.CSTNode) -> str:
    changed = module.deep_replace(old, new)
    return changed.code if isinstance(changed, cst.Module) else module.code


def _lines(position: CodeRange) -> range:
    return range(position.start.line, position.end.line + 1)


def _is_docstring(node: cst.CSTNode) -> bool:
    return m.matches(
        node, m.SimpleStatementLine([m.Expr(m.SimpleString() | m.ConcatenatedString())])
    )


def _compiles(text: str) -> bool:
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def _difference(old: str, new: str) -> tuple[str, str]:
    """The lines that differ, each as one line without its indentation."""
    before, after = old.splitlines(), new.splitlines()
    while before and after and before[0] == after[0]:
        del before[0], after[0]
    while before and after and before[-1] == after[-1]:
        del before[-1], after[-1]
    return _one_line(before), _one_line(after)


def _one_line(lines: list[str]) -> str:
    return " ".join(" ".join(lines).split())
