"""A start collects static files only if they differ, so that an image is read-only."""

import pytest
from django.core.management import call_command

from fluxrate.server.static import collect_if_changed


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


def test_a_start_completes_an_interrupted_collection(static_root):
    collect_if_changed()
    (static_root / ".collected").unlink()
    (static_root / "staticfiles.json").unlink()
    collect_if_changed()
    assert (static_root / "staticfiles.json").exists()


def test_a_dry_run_does_not_mark_the_files_as_collected(static_root):
    call_command("collectstatic", interactive=False, verbosity=0, dry_run=True)
    assert not static_root.exists()
