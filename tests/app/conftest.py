"""What holds for the tests of the application: one QApplication, made before any code under test makes a lesser one."""

import pytest
from PySide6.QtWidgets import QApplication


@pytest.fixture(scope="session", autouse=True)
def one_application(qapp: QApplication) -> QApplication:
    """The application that every test of a session shares."""
    return qapp
