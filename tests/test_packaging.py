"""What is shipped: the wheel, the source distribution, and the checkout that runs without an installation."""

import email
import json
import math
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
EXERCISES = sorted(path.name for path in (ROOT / "models/graphviz_models/exercises").glob("*.toml"))


def run(*arguments: str, cwd: Path, env: Mapping[str, str] | None = None) -> str:
    """What `python ARGUMENTS` prints; it has to end with status 0 and write nothing on standard error."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def build(kind: str, source: Path, target: Path) -> Path:
    """Build a `wheel` or an `sdist` of the `source` tree, without a network."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(target)]
    done = subprocess.run(command, cwd=source, capture_output=True, encoding="utf-8", timeout=120)
    assert done.returncode == 0, done.stderr  # where all is well, it names the file there
    (made,) = target.iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_wheel_is_for_every_system(wheel: Path) -> None:
    assert wheel.name.endswith("-py3-none-any.whl")


def test_wheel_holds_both_packages_and_nothing_else(names: set[str]) -> None:
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"graphviz_app", "graphviz_models"}
    assert len(tops) == 3


def test_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    for folder in (ROOT / "graphviz_app", ROOT / "models" / "graphviz_models"):
        files = {path.relative_to(folder.parent).as_posix() for path in folder.rglob("*") if path.is_file()}
        expected = {name for name in files if "__pycache__" not in name and "/pictures/" not in name}
        assert expected <= names
    assert {"graphviz_app/py.typed", "graphviz_models/py.typed"} <= names
    assert EXERCISES
    assert {f"graphviz_models/exercises/{name}" for name in EXERCISES} <= names


def test_wheel_names_command_requirements_and_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        entries = archive.read(f"{folder}/entry_points.txt").decode()
        metadata = email.message_from_bytes(archive.read(f"{folder}/METADATA"))
        assert archive.read(f"{folder}/licenses/LICENSE").startswith(b"MIT License")
    assert "graphviz-app = graphviz_app.__main__:main" in entries
    assert metadata["Name"] == "graphviz-app"
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "MIT"
    requirements = {r.name.lower(): r for r in map(Requirement, metadata.get_all("Requires-Dist", [])) if not r.marker}
    assert requirements.keys() == {"mathra", "networkx", "numpy", "pyqtgraph", "pyside6-essentials"}
    qt = requirements["pyside6-essentials"].specifier
    assert "6.11.3" in qt
    assert "6.12.0" not in qt  # it aborts CPython 3.11


def test_wheel_runs_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    env = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    listed = json.loads(run("-m", "graphviz_app", "list", "--json", cwd=tmp_path, env=env))
    assert f"{listed[0]['id']}.toml" in EXERCISES
    where = run("-c", "import graphviz_models; print(graphviz_models.__file__)", cwd=tmp_path, env=env)
    assert Path(where.strip()).is_relative_to(tmp_path / "site")


def test_source_distribution_builds_the_same_wheel(names: set[str], tmp_path: Path) -> None:
    with tarfile.open(build("sdist", ROOT, tmp_path / "made")) as archive:
        archive.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (source,) = (path for path in tmp_path.iterdir() if path.name.startswith("graphviz_app-"))
    assert (source / "tests" / "conftest.py").is_file()
    with zipfile.ZipFile(build("wheel", source, tmp_path / "again")) as again:
        assert set(again.namelist()) == names


CHECKOUT = """
import sys
from graphviz_app.__main__ import main
status = main(["list"])
import graphviz_models
print(graphviz_models.__file__)
sys.exit(status)
"""


def test_checkout_runs_with_its_own_engine(tmp_path: Path) -> None:
    printed = run("-c", CHECKOUT, cwd=ROOT).splitlines()
    assert Path(printed[-1]) == ROOT / "models" / "graphviz_models" / "__init__.py"
    assert "sheet9-ex1" in printed[0] + "".join(printed)
    assert run("-m", "graphviz_app", "list", cwd=ROOT).splitlines() == printed[:-1]


def test_example_of_the_readme_is_a_right_model(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "neuron.toml").write_text(example[1], encoding="utf-8")
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "models")])}
    run("-m", "graphviz_app", "check", "neuron.toml", cwd=tmp_path, env=env)
    got = json.loads(run("-m", "graphviz_app", "evaluate", "neuron.toml", "--json", cwd=tmp_path, env=env))
    y = math.tanh(0.8 * 1.0 + 0.3 * -0.5 + 0.1)
    assert got["loss"] == pytest.approx((y - 0.5) ** 2 / 2)
    assert got["gradients"]["b"] == pytest.approx((y - 0.5) * (1 - y * y))
