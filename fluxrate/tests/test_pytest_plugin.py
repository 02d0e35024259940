"""The suite's own server: a folder for each run, and a sentence if it cannot start."""

import tempfile
from pathlib import Path

import pytest

from fluxrate.server import pytest_plugin


@pytest.fixture
def data(monkeypatch):
    # Not tmp_path, whose parents are closed to PostgreSQL's user.
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as path:
        monkeypatch.setattr(pytest_plugin, "_DATA", Path(path))
        for name in ("DATABASE_URL", "DATABASE_URL_FILE", "DATA_DIR"):
            monkeypatch.delenv(name, raising=False)
        yield Path(path)


def test_runs_at_once_have_folders_of_their_own(data):
    first, lock = pytest_plugin._free_folder()
    second, other = pytest_plugin._free_folder()
    assert (first, second) == (data / "test-1", data / "test-2")
    lock.close()
    again, lock = pytest_plugin._free_folder()
    assert again == first
    lock.close()
    other.close()


def test_a_server_that_cannot_start_is_a_sentence(data, pytestconfig):
    cluster = data / "test-1" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("9\n")
    with pytest.raises(pytest.UsageError, match="made by PostgreSQL 9"):
        next(pytest_plugin.pytest_load_initial_conftests(pytestconfig))
    _, lock = pytest_plugin._free_folder()
    lock.close()
