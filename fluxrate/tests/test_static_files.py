"""A start collects static files only if they differ, so that an image is read-only."""

import os
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.core.management import call_command

from fluxrate.server.static import collect_if_changed, is_collected


@pytest.fixture
def static_root(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path / "staticfiles"
    return settings.STATIC_ROOT


def state(root):
    return {path: path.stat().st_mtime_ns for path in [root, *root.rglob("*")]}


def test_a_start_writes_nothing_after_collectstatic(static_root):
    call_command("collectstatic", interactive=False, verbosity=0)
    before = state(static_root)
    assert len(before) > 100
    collect_if_changed()
    assert state(static_root) == before


def test_a_copy_with_other_times_is_still_collected(static_root):
    """As in an image, whose layers round the times of files."""
    call_command("collectstatic", interactive=False, verbosity=0)
    source = Path(find("fluxrate/mark.svg"))
    times = source.stat()
    os.utime(source, (times.st_atime, times.st_mtime + 1))
    try:
        assert is_collected()
    finally:
        os.utime(source, (times.st_atime, times.st_mtime))


def test_a_changed_file_of_the_same_size_is_not_collected(static_root, monkeypatch):
    call_command("collectstatic", interactive=False, verbosity=0)
    source, read = Path(find("fluxrate/mark.svg")), Path.read_bytes
    changed = {source: source.read_bytes()[::-1]}
    monkeypatch.setattr(Path, "read_bytes", lambda p: changed.get(p) or read(p))
    assert not is_collected()


def test_a_start_completes_an_interrupted_collection(static_root):
    collect_if_changed()
    (static_root / ".collected").unlink()
    (static_root / "staticfiles.json").unlink()
    collect_if_changed()
    assert (static_root / "staticfiles.json").exists()


def test_a_dry_run_does_not_mark_the_files_as_collected(static_root):
    call_command("collectstatic", interactive=False, verbosity=0, dry_run=True)
    assert not static_root.exists()
