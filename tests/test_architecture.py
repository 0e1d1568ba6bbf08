"""The rules that hold for every file of the project, each in a form that can fail."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"graphviz_app": ROOT / "graphviz_app", "graphviz_models": ROOT / "models" / "graphviz_models"}
CODE = sorted(path for package in PACKAGES.values() for path in package.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
TOP = {".ci", ".git", ".gitignore", "LICENSE", "README.md", "graphviz_app", "models", "pyproject.toml", "tests"}

QT = {"PySide6", "shiboken6", "pyqtgraph"}
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "imaplib", "poplib", "requests", "smtplib", "socket",
    "socketserver", "ssl", "telnetlib", "urllib.request", "urllib3", "webbrowser", "xmlrpc",
    "PySide6.QtHttpServer", "PySide6.QtNetwork", "PySide6.QtWebSockets",
}  # fmt: skip
EXECUTES = {"__import__", "compile", "eval", "exec"}
UNPICKLES = {"dill", "joblib", "marshal", "pickle", "shelve"}
VAGUE = re.compile(r"util|helper|manager|handler|misc", re.IGNORECASE)


def running(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a syntax tree, those left out that only a type checker sees."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from running(node)


def imports(tree: ast.Module, module: str, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything that `tree` imports when it runs; relative names are resolved."""
    for node in running(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")[: -(node.level - is_package) or None]
                base = ".".join([*parts, base] if base else parts)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def within(name: str, modules: set[str]) -> bool:
    """Whether the dotted `name` is one of the `modules` or lies in one."""
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def dotted(path: Path) -> str:
    """The dotted name of the module in a file of ours: models/graphviz_models/expr.py is graphviz_models.expr."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "models" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def rooms(package: str) -> list[set[str]]:
    """The rooms of a package, the lowest first and those of one height together, as pyproject.toml has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for contract in settings["tool"]["importlinter"]["contracts"]:
        if contract.get("containers") == [package]:
            return [{name.strip(" ()") for name in re.split(r"[|:]", row)} for row in reversed(contract["layers"])]
    raise AssertionError(f"pyproject.toml has no layers for {package}")


# A rule: complaints about one file, given its path, its text and its syntax tree.
Rule = Callable[[Path, str, ast.Module], list[str]]


def short(path: Path, text: str, tree: ast.Module) -> list[str]:
    """A file has at most 400 lines."""
    lines = text.count("\n")
    return [f"{lines} lines"] if lines > 400 else []


def introduced(path: Path, text: str, tree: ast.Module) -> list[str]:
    """A file says in the first line of its docstring what it is."""
    first = (ast.get_docstring(tree) or "").partition("\n")[0]
    return [] if 20 <= len(first) <= 120 else [f"its first line says: {first!r}"]


def plainly_named(path: Path, text: str, tree: ast.Module) -> list[str]:
    """Neither a file nor anything defined in it has a name that says nothing."""
    defined = [n.name for n in ast.walk(tree) if isinstance(n, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    return [name for name in (path.stem, *defined) if VAGUE.search(name)]


def nothing_executed(path: Path, text: str, tree: ast.Module) -> list[str]:
    """Text is run as code in one place only, which runs what it has written itself; nothing is unpickled."""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)]
    room = dotted(path).split(".")[:2]
    executed = [f"{n.lineno}: {n.func.id}" for n in calls if isinstance(n.func, ast.Name) and n.func.id in EXECUTES]
    unpickled = [f"{line}: {name}" for line, name in imports(tree, dotted(path)) if within(name, UNPICKLES)]
    return unpickled + (executed if room != ["graphviz_models", "compile"] else [])


def no_network_module(path: Path, text: str, tree: ast.Module) -> list[str]:
    """Nothing that could open a connection is imported."""
    return [f"{line}: {name}" for line, name in imports(tree, dotted(path)) if within(name, NETWORK)]


def headless(path: Path, text: str, tree: ast.Module) -> list[str]:
    """The engine does not import Qt, nor the half that does."""
    if not dotted(path).startswith("graphviz_models"):
        return []
    return [f"{line}: {name}" for line, name in imports(tree, dotted(path)) if within(name, QT | {"graphviz_app"})]


def platform_left_alone(path: Path, text: str, tree: ast.Module) -> list[str]:
    """Only the command line decides whether Qt draws on a display."""
    allowed = ("graphviz_app.commands", "graphviz_app.preflight")
    found = "QT_QPA_PLATFORM" in text and not dotted(path).startswith(allowed)
    return ["QT_QPA_PLATFORM"] if found else []


def patterns_of_every_python(path: Path, text: str, tree: ast.Module) -> list[str]:
    """No regular expression is possessive or atomic: before 3.11.5, as in Debian 12, Python matches those wrongly."""
    complaints = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
            parts = [part.value for part in ast.walk(node.args[0]) if isinstance(part, ast.Constant)]
            bare = re.sub(r"\\.|\[\^?\]?(?:\\.|[^\]])*\]", "x", "".join(map(str, parts)))
            complaints += [f"{node.lineno}: {bare}"] if re.search(r"[*+?}]\+|\(\?>", bare) else []
    return complaints


def downwards(path: Path, text: str, tree: ast.Module) -> list[str]:
    """A room imports only rooms below it."""
    module = dotted(path)
    package, _, rest = module.partition(".")
    if not rest:
        return []
    height = {name: level for level, names in enumerate(rooms(package)) for name in names}
    here = rest.split(".")[0]
    if here not in height:
        return [f"{here} has no place among the layers of pyproject.toml"]
    complaints = []
    for line, name in imports(tree, module, path.stem == "__init__"):
        parts = name.split(".")
        there = parts[1] if parts[0] == package and len(parts) > 1 else here
        if there != here and height.get(there, -1) >= height[here]:
            complaints.append(f"{line}: {here} imports {there}")
    return complaints


RULES_OF_CODE: tuple[Rule, ...] = (
    short, introduced, plainly_named, nothing_executed, no_network_module, headless, platform_left_alone,
    patterns_of_every_python, downwards,
)  # fmt: skip
RULES_OF_TESTS: tuple[Rule, ...] = (short, introduced)


def complaints(rule: Rule, paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        found += [f"{path.relative_to(ROOT)}: {complaint}" for complaint in rule(path, text, ast.parse(text))]
    return found


@pytest.mark.parametrize("rule", RULES_OF_CODE, ids=lambda rule: rule.__name__)
def test_code_keeps(rule: Rule) -> None:
    assert complaints(rule, CODE) == []


@pytest.mark.parametrize("rule", RULES_OF_TESTS, ids=lambda rule: rule.__name__)
def test_tests_keep(rule: Rule) -> None:
    assert complaints(rule, TESTS) == []


BROKEN: tuple[tuple[Rule, str, str], ...] = (
    (short, "models/graphviz_models/expr.py", "\n" * 401),
    (introduced, "models/graphviz_models/expr.py", "x = 1"),
    (introduced, "models/graphviz_models/expr.py", f'"""{"very " * 30} long."""'),
    (plainly_named, "models/graphviz_models/utils.py", ""),
    (plainly_named, "graphviz_app/window.py", "class WindowManager: pass"),
    (nothing_executed, "models/graphviz_models/parse.py", "def f(text):\n    return eval(text)"),
    (nothing_executed, "graphviz_app/session.py", "from pickle import loads"),
    (no_network_module, "graphviz_app/session.py", "from PySide6 import QtNetwork"),
    (no_network_module, "graphviz_app/session.py", "def f():\n    import urllib.request"),
    (headless, "models/graphviz_models/picture.py", "from PySide6.QtGui import QColor"),
    (headless, "models/graphviz_models/picture/marks.py", "def f():\n    import graphviz_app.session"),
    (platform_left_alone, "graphviz_app/window.py", "os.environ['QT_QPA_PLATFORM'] = 'offscreen'"),
    (patterns_of_every_python, "models/graphviz_models/read.py", r're.compile(r"(?:[^a\]]++|b)*")'),
    (downwards, "models/graphviz_models/expr.py", "from graphviz_models import trace"),
    (downwards, "models/graphviz_models/expr.py", "from graphviz_models.trace import run"),
    (downwards, "models/graphviz_models/expr.py", "from . import trace"),
    (downwards, "models/graphviz_models/expr.py", "def f():\n    from .trace import run"),
    (downwards, "models/graphviz_models/layout/__init__.py", "from ..picture.marks import Box"),
    (downwards, "models/graphviz_models/gossip.py", ""),
    (downwards, "graphviz_app/session.py", "from graphviz_app.window import Window"),
)


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_rule_is_noticed(rule: Rule, path: str, text: str) -> None:
    assert rule(ROOT / path, text, ast.parse(text))


WITHOUT_QT = """
import importlib, pkgutil, sys
for name in {blocked!r}:
    sys.modules[name] = None                       # importing it raises ImportError
import graphviz_models
names = [module.name for module in pkgutil.walk_packages(graphviz_models.__path__, "graphviz_models.")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


def test_engine_imports_where_there_is_no_qt() -> None:
    code = WITHOUT_QT.format(blocked=sorted(QT | {"graphviz_app"}))
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT / "models", capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert int(done.stdout) >= len(rooms("graphviz_models")) - 1


def test_what_one_room_gives_another_is_frozen() -> None:
    mutable = []
    for room in set().union(*rooms("graphviz_models")):
        module = importlib.import_module(f"graphviz_models.{room}")
        kinds = [kind for kind in vars(module).values() if isinstance(kind, type) and is_dataclass(kind)]
        public = [kind for kind in kinds if not kind.__name__.startswith("_")]
        mutable += [f"{room}.{kind.__name__}" for kind in public if not kind.__dataclass_params__.frozen]  # type: ignore[attr-defined]
    assert mutable == []


def test_every_room_is_where_the_layers_say() -> None:
    for package, folder in PACKAGES.items():
        there = {path.stem for path in folder.glob("*.py")} | {
            path.parent.name for path in folder.glob("*/__init__.py")
        }
        assert set().union(*rooms(package)) == there - {"__init__"}


def test_top_level_holds_nothing_else() -> None:
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").split()}
    found = {path.name for path in ROOT.iterdir()}
    assert {name for name in found - TOP - ignored if not name.endswith(".egg-info")} == set()
    assert {path.name for path in (ROOT / "models").iterdir()} == {"graphviz_models"}
