import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from fluxrate.config.local_secrets import local_key

CHECKOUT = Path(__file__).resolve().parents[2]
ASK = """
import sys
from pathlib import Path
from fluxrate.config.local_secrets import local_key
print(local_key(Path(sys.argv[1]), sys.argv[2]))
"""


def test_a_key_is_made_once_and_kept(tmp_path):
    key = local_key(tmp_path / "data", "A")
    assert len(key) >= 50
    assert local_key(tmp_path / "data", "B") != key
    assert local_key(tmp_path / "data", "A") == key


def test_nobody_else_may_read_the_keys(tmp_path):
    local_key(tmp_path / "data", "A")
    assert (tmp_path / "data" / "secrets.json").stat().st_mode & 0o077 == 0
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0


def test_processes_that_ask_at_once_get_the_same_keys(tmp_path):
    askers = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, str(tmp_path / "data"), name],
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "ABABAB"
    ]
    answers = [process.communicate()[0].strip() for process in askers]
    stored = json.loads((tmp_path / "data" / "secrets.json").read_text())
    assert answers == [stored[name] for name in "ABABAB"]


def test_a_damaged_file_is_refused_and_left_alone(tmp_path):
    (tmp_path / "secrets.json").write_text('{"A": "half')
    with pytest.raises(ImproperlyConfigured, match="damaged"):
        local_key(tmp_path, "A")
    assert (tmp_path / "secrets.json").read_text() == '{"A": "half'


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ImproperlyConfigured, match="A is not set"):
        local_key(tmp_path / "file", "A")
