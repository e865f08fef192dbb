"""What all parts agree on stands in one place: nobody writes the name, the band or the threshold again."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "forestall"
HOMES = {
    "the name of all places": "schema/conventions.py",
    "the ends of the band": "schema/conventions.py",
    "the name of a column of a quantile": "schema/conventions.py",
    "the threshold of an event": "schema/conventions.py",
    "an array of a common kind": "core/arrays.py",
    "a generator of random numbers": "core/random.py",
}


def again(text: str) -> Iterator[str]:
    """Yield what a module says again."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value == "ALL":
            yield "the name of all places"
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict) and {0.05, 0.95} <= numbers(node):
            yield "the ends of the band"
        if isinstance(node, ast.FormattedValue) and "* 100:02" in ast.unparse(node):
            yield "the name of a column of a quantile"
        if isinstance(node, ast.Constant) and node.value == 24.5:
            yield "the threshold of an event"
        if isinstance(node, ast.Compare | ast.AnnAssign) and compared_with_25(node):
            yield "the threshold of an event"
        if isinstance(node, ast.Subscript) and ast.unparse(node) in COMMON:
            yield "an array of a common kind"
        if isinstance(node, ast.Attribute) and ast.unparse(node) in GENERATORS:
            yield "a generator of random numbers"


COMMON = {
    f"{module}NDArray[np.{kind}]"
    for module in ("", "npt.")
    for kind in ("float64", "int64", "int_", "bool_", "int32", "uint64")
}
GENERATORS = {"np.random.default_rng", "np.random.RandomState", "np.random.seed", "np.random.Philox"}


def numbers(node: ast.Tuple | ast.List | ast.Set | ast.Dict) -> set[object]:
    """Return the numbers that a literal holds."""
    inner = node.values if isinstance(node, ast.Dict) else node.elts
    return {part.value for part in inner if isinstance(part, ast.Constant)}


def compared_with_25(node: ast.Compare | ast.AnnAssign) -> bool:
    """Tell whether 25 itself is compared with or given as a default."""
    found = node.comparators if isinstance(node, ast.Compare) else [node.value]
    return any(isinstance(part, ast.Constant) and part.value == 25 for part in found)


@pytest.mark.quick
def test_nobody_says_again_what_all_agree_on() -> None:
    faults = {
        f"{path.relative_to(SOURCE)}: {what}"
        for path in SOURCE.rglob("*.py")
        for what in again(path.read_text(encoding="utf-8"))
        if path.relative_to(SOURCE).as_posix() != HOMES[what]
    }
    assert not faults, f"{sorted(faults)}; take it from its home: {HOMES}"


@pytest.mark.quick
@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('rows.filter(pl.col("place") == "ALL")', "the name of all places"),
        ("low, high = np.quantile(x, (0.05, 0.95))", "the ends of the band"),
        ('Q = {"q05": 0.05, "median": 0.5, "q95": 0.95}', "the ends of the band"),
        ('name = f"q{q * 100:02.0f}"', "the name of a column of a quantile"),
        ("event = deaths > 24.5", "the threshold of an event"),
        ("event = deaths >= 25", "the threshold of an event"),
        ("deaths: Annotated[int, Field(ge=1)] = 25", "the threshold of an event"),
        ("def f(x: NDArray[np.float64]) -> None: ...", "an array of a common kind"),
        ("np.random.default_rng(1)", "a generator of random numbers"),
    ],
)
def test_saying_it_again_is_seen(line: str, what: str) -> None:
    assert what in set(again(line))
