"""What the command line does when something is wrong: statuses, one sentence each, no traceback, no half file."""

import errno
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from graphviz_app import cli, commands, preflight, saving
from graphviz_app.commands import COMMANDS

ROOT = Path(__file__).parents[2]
GOOD = 'equations = "L = tanh(w)"\n[parameters]\nw = 0.5\n'
Complaint = Callable[..., str]


@pytest.fixture
def complaint(capsys: pytest.CaptureFixture[str]) -> Complaint:
    """Runs one command line that must fail; gives its standard error, nothing being on its standard output."""

    def call(*argv: str, status: int = 2) -> str:
        assert cli.main(argv) == status
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "Traceback" not in captured.err
        return captured.err

    return call


def started(*argv: str, **keywords: object) -> subprocess.CompletedProcess[str]:
    """The program as a process of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "models"), str(ROOT)))}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-m", "graphviz_app", *argv],
        capture_output="stdout" not in keywords,
        text=True,
        timeout=60,
        env=environment,
        **keywords,
    )


class TestModels:
    @pytest.mark.parametrize("name", [name for name in COMMANDS if name != "list"])
    def test_every_command_checks_the_whole_file_first(self, name: str, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "model.toml"
        path.write_text(GOOD + '[training]\nrate = 1\n[[questions]]\nof = "dL/dv"\nanswer = "foo(1)"\n', "utf-8")
        more = {
            "jacobian": ("--of", "L", "--wrt", "w"),
            "export": ("-o", str(tmp_path / "picture.svg")),
            "contact": ("-o", str(tmp_path / "picture.svg")),
        }
        lines = complaint(name, str(path), *more.get(name, ())).splitlines()
        assert [line.split(": error: ")[0] for line in lines] == [f"{path}:5:1", f"{path}:7:1", f"{path}:8:11"]
        assert list(tmp_path.iterdir()) == [path]

    def test_the_window_does_so_too(self, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "model.toml"
        path.write_text(GOOD + "[trainig]\n", "utf-8")
        assert complaint(str(path)).startswith(
            f"{path}:4:2: error: unknown section [trainig]: did you mean [training]?"
        )

    @pytest.mark.parametrize(
        ("model", "said"),
        [
            ("nothing.toml", "nothing.toml: error: there is no such file"),
            (
                "sheet9-ex",
                "sheet9-ex: error: there is no such file, and no built-in exercise of that name: did you mean",
            ),
            (".", ".: error: this is a folder"),
            ("", ": error: "),
        ],
    )
    def test_a_path_that_cannot_be_read(self, model: str, said: str, complaint: Complaint) -> None:
        lines = complaint("evaluate", model).splitlines()
        assert len(lines) == 1
        assert lines[0].startswith(said)

    @pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="rights do not bind the superuser")
    def test_a_file_without_the_right_to_read_it(self, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "model.toml"
        path.write_text(GOOD, "utf-8")
        path.chmod(0)
        assert complaint("evaluate", str(path)) == f"{path}: error: Permission denied\n"

    def test_a_setting_that_cannot_be_used_names_it(self, complaint: Complaint) -> None:
        text = complaint("evaluate", "sheet9-ex1", "--set", "w=abc", "--set", "q=1")
        assert len(text.splitlines()) == 2
        assert all(re.match(r"sheet9-ex1:\d+:\d+: error: with --set ", line) for line in text.splitlines())

    def test_an_invisible_character_is_not_printed(self, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "model.toml"
        path.write_text(GOOD + '"\x1b[31mred" = 1\n"a\tb" = 2\n'.replace("\x1b", "\\u001b"), "utf-8")
        assert "\x1b" not in complaint("evaluate", str(path))


class TestUsage:
    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            (("evalute", "sheet9-ex1"), "evalute is no command: did you mean evaluate?"),
            (("evaluate",), "MODEL"),
            (("evaluate", "a", "b"), "unrecognized arguments"),
            (("evaluate", "sheet9-ex1", "--josn"), "unrecognized arguments"),
            (("evaluate", "sheet9-ex1", "--set", "w"), "write --set NAME=VALUE"),
            (("evaluate", "sheet9-ex1", "--set", "=1"), "write --set NAME=VALUE"),
            (("train", "sheet9-ex1", "--iterations", "-1"), "--iterations -1: write a whole number"),
            (("train", "sheet9-ex1", "--iterations", "x"), "--iterations x: write a whole number"),
            (("train", "sheet9-ex1", "--learning-rate", "nan"), "--learning-rate nan: write a finite number"),
            (("train", "sheet9-ex1", "--optimizer", "adams"), "--optimizer adams: write one of sgd"),
            (("train", "sheet9-ex1", "--json", "--csv"), "not allowed with argument"),
            (("jacobian", "sheet9-ex1", "--of", "y"), "--wrt"),
            (("jacobian", "sheet9-ex1", "--of", "y", "--wrt", "h[9]"), "no node h[9]: did you mean h["),
            (("jacobian", "assignment3-q1", "--of", "L", "--wrt", "y[1]"), "integer and has no derivative"),
            (("export", "sheet9-ex1"), "-o"),
            (
                ("export", "sheet9-ex1", "-o", "a.xyz"),
                "a.xyz does not end in the suffix of a format: write one of .svg",
            ),
            (("export", "sheet9-ex1", "-o", "a.svg", "--step", "99"), "--step 99: write a whole number from 0 to 13"),
            (("export", "sheet9-ex1", "-o", "a.svg", "--step", "-1"), "--step -1"),
            (("export", "sheet9-ex1", "-o", "a.svg", "--theme", "pink"), "--theme pink: write one of light"),
            (("export", "sheet9-ex1", "-o", "a.svg", "--digits", "0"), "--digits 0"),
            (("export", "sheet9-ex1", "-o", "a.svg", "--scale", "2"), "SVG has no pixels"),
            (("export", "sheet9-ex1", "-o", "a.png", "--scale", "nan"), "times its size"),
            (("export", "sheet9-ex1", "-o", "a.png", "--width", "0"), "times its size"),
        ],
    )
    def test_bad_usage_has_status_2_and_says_what_to_write(
        self, argv: tuple[str, ...], said: str, complaint: Complaint
    ) -> None:
        assert said in complaint(*argv)

    def test_without_a_display_the_window_says_so(self, complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(preflight, "window", lambda: "no window can be opened: no display")
        assert complaint() == "graphviz-app: error: no window can be opened: no display\n"

    def test_without_qt_s_libraries_a_picture_of_pixels_says_so_and_svg_is_written(
        self, complaint: Complaint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(preflight, "drawing", lambda: "this picture is drawn by Qt: libEGL is missing")
        assert "libEGL is missing" in complaint("export", "sheet9-ex1", "-o", str(tmp_path / "a.png"))
        assert cli.main(("export", "sheet9-ex1", "-o", str(tmp_path / "a.svg"))) == 0


class TestOutput:
    def test_a_file_that_cannot_be_written_has_status_3(self, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "nowhere" / "picture.svg"
        text = complaint("export", "sheet9-ex1", "-o", str(path), status=3)
        assert text == f"{path}: error: {os.strerror(errno.ENOENT)}\n"

    def test_a_folder_in_the_file_s_place(self, complaint: Complaint, tmp_path: Path) -> None:
        path = tmp_path / "picture.svg"
        path.mkdir()
        complaint("export", "sheet9-ex1", "-o", str(path), status=3)
        assert list(tmp_path.iterdir()) == [path]

    @pytest.mark.parametrize("call", ["write", "fsync", "replace"])
    def test_the_old_file_is_whole_after_a_fault(
        self, call: str, complaint: Complaint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "picture.svg"
        path.write_text("the old picture", "utf-8")
        path.chmod(0o640)

        def full(*arguments: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        if call == "write":
            monkeypatch.setattr(saving, "write_whole", full)
        else:
            monkeypatch.setattr(os, call, full)
        text = complaint("export", "sheet9-ex1", "-o", str(path), status=3)
        assert text == f"{path}: error: {os.strerror(errno.ENOSPC)}\n"
        assert path.read_text("utf-8") == "the old picture"
        assert list(tmp_path.iterdir()) == [path]

    def test_the_new_file_keeps_the_rights_of_the_old(self, tmp_path: Path) -> None:
        path = tmp_path / "picture.svg"
        path.write_text("the old picture", "utf-8")
        path.chmod(0o640)
        assert cli.main(("export", "sheet9-ex1", "-o", str(path))) == 0
        assert stat.S_IMODE(path.stat().st_mode) == 0o640

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
    def test_a_full_disk_behind_standard_output(self) -> None:
        with open("/dev/full", "w") as full:
            done = started("trace", "sheet9-ex1", "--json", stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 3
        assert done.stderr == f"standard output: error: {os.strerror(errno.ENOSPC)}\n"

    @pytest.mark.skipif(os.name == "nt", reason="pipes close differently there")
    def test_a_reader_that_has_seen_enough(self) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = started("trace", "assignment3-q1", "--json", stdout=writing, stderr=subprocess.PIPE)
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (3, "")

    def test_an_ascii_terminal_still_gets_json(self) -> None:
        done = started("list", "--json")
        assert done.returncode == 0
        assert done.stdout.isascii()


class TestTheUnforeseen:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(options: object) -> None:
            raise RuntimeError("a secret\nof the program")

        monkeypatch.setitem(COMMANDS, "list", commands.Command("list", "", lambda parser: None, fail))  # type: ignore[arg-type]

    @pytest.mark.usefixtures("broken")
    def test_is_one_sentence(self, complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv(cli.DEBUG, raising=False)
        text = complaint("list", status=1)
        assert len(text.splitlines()) == 1
        assert "RuntimeError: a secret" in text

    @pytest.mark.usefixtures("broken")
    def test_is_shown_whole_where_that_is_asked_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(cli.DEBUG, "1")
        with pytest.raises(RuntimeError):
            cli.main(("list",))

    def test_an_interruption_is_no_traceback(self, complaint: Complaint, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setitem(COMMANDS, "list", commands.Command("list", "", lambda parser: None, interrupted))  # type: ignore[arg-type]
        assert complaint("list", status=130) == "interrupted\n"

    def test_too_little_memory_is_said_of_the_model(
        self, complaint: Complaint, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def large(options: object) -> None:
            raise MemoryError

        arguments = COMMANDS["evaluate"].arguments
        monkeypatch.setitem(COMMANDS, "evaluate", commands.Command("evaluate", "", arguments, large))  # type: ignore[arg-type]
        assert complaint("evaluate", "m.toml").startswith("m.toml: error: there is not enough memory")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from graphviz_app import cli; status = cli.main(['--help']); "
        "print([m for m in ('numpy', 'PySide6', 'networkx', 'mathra') if m in sys.modules], file=sys.stderr)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "models"), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_no_command_but_pixels_needs_qt(tmp_path: Path) -> None:
    """Everything but the window and PNG or PDF runs where Qt cannot even be imported."""
    code = f"""
import sys
sys.modules["PySide6"] = None
from graphviz_app import cli
for argv in (["list"], ["evaluate", "sheet9-ex1"], ["trace", "sheet9-ex1"], ["train", "sheet9-ex1", "--csv"],
             ["check", "sheet9-ex1"], ["cost", "sheet9-ex1"], ["jacobian", "sheet9-ex1", "--of", "y", "--wrt", "w"],
             ["export", "sheet9-ex1", "-o", {str(tmp_path / "a.svg")!r}]):
    assert cli.main(argv) == 0, argv
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "models"), str(ROOT)))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stderr) == (0, "")
