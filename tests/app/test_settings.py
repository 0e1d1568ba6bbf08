"""What is remembered on disk: settings, read with checks, and unsaved text that a crash would lose."""

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from graphviz_app.recovery import Recovery
from graphviz_app.session import Session
from graphviz_app.settings import Preferences, Settings

from .sheets import SMALL


def test_saved_text_leaves_nothing_behind(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session()
    session.show_text(SMALL, "small.toml", None)
    recovery = Recovery(session, tmp_path / "kept")
    session.edit(SMALL + "# more\n")
    assert session.wait()
    recovery.keep()
    assert list((tmp_path / "kept").glob("*.json"))
    assert session.save(tmp_path / "small.toml")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize(
    "rubbish", [b"\x00\xff\x13\x37", b"no ini at all", b"[preferences]\nspeed=fast\ndigits=900\ntheme=pink\n"]
)
def test_rubbish_settings_become_the_defaults(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "settings.ini"
    path.write_bytes(rubbish)
    settings = Settings(path)
    assert settings.preferences == Preferences()
    assert settings.complaint
    settings.remember(digits=6)
    settings.sync()
    assert Settings(path).preferences.digits == 6
    assert Settings(path).complaint == "" or b"[pref" in rubbish


def test_settings_are_remembered(tmp_path: Path) -> None:
    path = tmp_path / "settings.ini"
    settings = Settings(path)
    settings.remember(theme="dark", speed=2.0, digits=5)
    for n in range(14):
        settings.remember_file(tmp_path / f"{n}.toml")
    settings.sync()
    found = Settings(path).preferences
    assert (found.theme, found.speed, found.digits, found.reduced_motion) == ("dark", 2.0, 5, False)
    assert [Path(p).name for p in found.recent] == [f"{n}.toml" for n in range(13, 3, -1)]
