"""The system user of the embedded server: who it is, and what it may enter."""

import os
import pwd
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fluxrate.server.postgres import EmbeddedPostgresError, system_user
from fluxrate.server.postgres.system_user import (
    SystemUser,
    allow_programs,
    allow_traversal,
    system_user_for,
)

NOBODY = pwd.getpwnam("nobody")
NO_USER = 54_321
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="Only root can switch users.")


@contextmanager
def effective_user(uid: int) -> Iterator[None]:
    before = os.geteuid()
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not tmp_path, whose parents are closed to other users.
    with tempfile.TemporaryDirectory(prefix="fluxrate-") as path:
        yield Path(path)


@pytest.fixture
def cluster(folder) -> Path:
    folder.chmod(0o711)
    path = folder / "postgres"
    path.mkdir()
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@root_only
def test_root_runs_a_database_as_its_owner_or_as_the_system_user(cluster):
    assert system_user_for(cluster).entry.pw_name == system_user.NAME
    os.chown(cluster, NOBODY.pw_uid, NOBODY.pw_gid)
    assert system_user_for(cluster).run_as == {
        "user": NOBODY.pw_uid,
        "group": NOBODY.pw_gid,
        "extra_groups": [],
    }


@root_only
def test_another_user_than_root_runs_it_as_themselves(cluster):
    os.chown(cluster, NOBODY.pw_uid, NOBODY.pw_gid)
    with effective_user(NOBODY.pw_uid):
        assert system_user_for(cluster).run_as == {}
        assert system_user_for(cluster / "new").run_as == {}


@root_only
@pytest.mark.parametrize(
    ("owner", "whose"),
    [("root", "the user root"), (NO_USER, "the user 54321"), ("", "root")],
)
def test_a_database_of_another_user_is_refused_with_their_name(cluster, owner, whose):
    name = owner or system_user_for(cluster).entry.pw_name
    os.chown(cluster, name if isinstance(name, int) else pwd.getpwnam(name).pw_uid, 0)
    with (
        effective_user(NOBODY.pw_uid),
        pytest.raises(EmbeddedPostgresError, match=f"made by {whose}: start as"),
    ):
        system_user_for(cluster)


@root_only
def test_root_refuses_a_database_whose_owner_does_not_exist(cluster):
    os.chown(cluster, NO_USER, NO_USER)
    with pytest.raises(EmbeddedPostgresError, match="54321"):
        system_user_for(cluster)


@root_only
def test_a_system_user_that_cannot_be_created_is_explained(
    cluster, monkeypatch, capsys
):
    # The real useradd refuses the colon.
    monkeypatch.setattr(system_user, "NAME", "fluxrate:postgres")
    with pytest.raises(EmbeddedPostgresError, match="create one named fluxrate:"):
        system_user_for(cluster)
    assert capsys.readouterr().err == ""


@root_only
@pytest.mark.parametrize(
    ("program", "arguments"),
    [("useradd", "--system --no-create-home"), ("adduser", "-S -D -H"), (None, "")],
)
def test_the_system_user_has_no_home_whatever_creates_it(
    cluster, monkeypatch, capsys, program, arguments
):
    calls = cluster / "calls"
    script = cluster / "script"
    script.write_text(f'#!/bin/sh\necho "$@" > {calls}\n')
    script.chmod(0o700)
    monkeypatch.setattr(system_user, "NAME", "fluxrate-nonexistent")
    monkeypatch.setattr(
        "shutil.which", lambda name, path: str(script) if name == program else None
    )
    with pytest.raises(EmbeddedPostgresError, match="DATABASE_URL"):
        system_user_for(cluster)
    if program is None:
        assert not calls.exists()
        return
    assert calls.read_text().startswith(arguments)
    assert calls.read_text().endswith(" fluxrate-nonexistent\n")
    assert "Created the system user" in capsys.readouterr().err


@root_only
def test_the_user_may_pass_through_folders_but_not_list_them(folder, capsys):
    own, data = folder / "own", folder / "own" / "data"
    data.mkdir(parents=True, mode=0o700)
    own.chmod(0o700)
    os.chown(own, NOBODY.pw_uid, NOBODY.pw_gid)
    allow_traversal(SystemUser(), data)
    assert mode(folder) == mode(data) == 0o700
    allow_traversal(SystemUser(NOBODY), data)
    assert mode(folder) == mode(data) == 0o701
    assert mode(own) == 0o700
    assert capsys.readouterr().err == f"Let nobody pass through (o+x): {folder}\n"
    allow_traversal(SystemUser(NOBODY), data)
    assert capsys.readouterr().err == ""


@pytest.fixture
def installation(folder) -> Path:
    """An installation whose program reads a library."""
    library = folder / "postgres.libs" / "libpq"
    program = folder / "postgres" / "pginstall" / "bin" / "postgres"
    for file, text in [(library, ""), (program, f"#!/bin/sh\nexec cat {library}\n")]:
        file.parent.mkdir(parents=True)
        file.write_text(text)
        file.chmod(0o600)
    program.chmod(0o700)
    return folder / "postgres" / "pginstall"


@root_only
def test_closed_programs_are_opened_for_the_user(folder, installation, capsys):
    user, program = SystemUser(NOBODY), installation / "bin" / "postgres"
    library = folder / "postgres.libs" / "libpq"
    library.parent.chmod(0o700)
    assert not user.can_run(program)
    allow_programs(user, installation)
    assert user.can_run(program)
    assert (mode(library), mode(program)) == (0o604, 0o705)
    assert f"Made {installation} readable" in capsys.readouterr().err


@root_only
def test_programs_behind_a_closed_folder_remain_as_they_are(
    folder, installation, capsys
):
    user, program = SystemUser(NOBODY), installation / "bin" / "postgres"
    program.chmod(0o755)
    (folder / "postgres.libs" / "libpq").chmod(0o644)
    assert not user.can_run(program)
    for _ in range(2):
        allow_programs(user, installation)
        assert user.can_run(program)
    assert mode(program) == 0o755
    assert "Made" not in capsys.readouterr().err


def test_a_private_folder_is_closed_to_others(folder):
    user, path = SystemUser(), folder / "socket"
    path.mkdir()
    path.chmod(0o777)
    user.make_private_folder(path)
    assert mode(path) == 0o700
    (folder / "file").touch()
    with pytest.raises(EmbeddedPostgresError, match="cannot use"):
        user.make_private_folder(folder / "file" / "socket")


@root_only
def test_a_private_folder_of_another_user_is_refused(folder):
    path = folder / "socket"
    path.mkdir()
    os.chown(path, NO_USER, NO_USER)
    with pytest.raises(EmbeddedPostgresError, match="not a folder of this user"):
        SystemUser(NOBODY).make_private_folder(path)
