"""The system user that the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from fluxrate.server.postgres.errors import EmbeddedPostgresError, path_error

NAME = "fluxrate-postgres"


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class SystemUser:
    """The user that runs the server; `entry` is None for the current user."""

    entry: pwd.struct_passwd | None = None

    @property
    def run_as(self) -> RunAs:
        if self.entry is None:
            return {}
        return {
            "user": self.entry.pw_uid,
            "group": self.entry.pw_gid,
            "extra_groups": [],
        }

    def chown(self, path: Path) -> None:
        """Give a file or folder to the user."""
        if self.entry is not None:
            os.chown(path, self.entry.pw_uid, self.entry.pw_gid)

    def make_private_folder(self, path: Path) -> None:
        """Create a folder that only the user may enter, or restrict an existing one."""
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            _refuse_foreign_folder(path, self)
            self.chown(path)
            path.chmod(0o700)
        except OSError as error:
            raise path_error(path, error) from error

    def can_run(self, program: Path) -> bool:
        command = [str(program), "--version"]
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd="/", capture_output=True, check=False, **self.run_as
            )
        except OSError:
            return False
        return done.returncode == 0


def _refuse_foreign_folder(path: Path, user: SystemUser) -> None:
    """Refuse a folder in /tmp that another user has prepared."""
    status = path.lstat()
    owners = {os.geteuid()} | ({user.entry.pw_uid} if user.entry else set())
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise EmbeddedPostgresError(
            f"{path} is not a folder of this user: remove it, or set DATA_DIR to "
            "another folder."
        )


def system_user_for(cluster: Path) -> SystemUser:
    """The user that must run the server of a data directory."""
    if os.geteuid() != 0:
        _refuse_foreign_cluster(cluster)
        return SystemUser()
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return SystemUser(_owner(cluster, owner))
    return SystemUser(_system_user())


def _owner(cluster: Path, uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise EmbeddedPostgresError(
            f"The database in {cluster} belongs to the user id {uid}, which has no "
            "user here: give the folder to a user with chown -R, or set DATA_DIR to "
            "another folder."
        ) from None


def _refuse_foreign_cluster(cluster: Path) -> None:
    if not cluster.exists() or cluster.stat().st_uid == os.geteuid():
        return
    try:
        owner = pwd.getpwuid(cluster.stat().st_uid).pw_name
    except KeyError:
        owner = str(cluster.stat().st_uid)
    whose = "root" if owner == NAME else f"the user {owner}"
    raise EmbeddedPostgresError(
        f"The database in {cluster} was made by {whose}: start as {whose}, or set "
        "DATA_DIR to a folder of your own."
    )


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        _create_system_user()
    try:
        return pwd.getpwnam(NAME)
    except KeyError:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and a system user for it could not be "
            f"created: create one named {NAME}, or start as another user than root, "
            "or set DATABASE_URL to a PostgreSQL server."
        ) from None


def _create_system_user() -> None:
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [useradd, "--system", "--no-create-home", "--user-group"]
        command += ["--home-dir", "/nonexistent", "--shell", "/bin/false", NAME]
    elif adduser := shutil.which("adduser", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        # BusyBox, for instance on Alpine.
        command = [adduser, "-S", "-D", "-H", "-h", "/nonexistent", NAME]
    else:
        return
    # Of two parallel first starts, one fails because the user exists already.
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    if done.returncode == 0:
        print(f"Created the system user {NAME} to run PostgreSQL.", file=sys.stderr)


def allow_traversal(user: SystemUser, folder: Path) -> None:
    """Let the user enter a folder and its parents (o+x), but not list them."""
    if user.entry is None:
        return
    closed = [path for path in (folder, *folder.parents) if _is_closed_to(user, path)]
    for path in closed:
        path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_IXOTH)
    parents = [str(path) for path in reversed(closed) if path != folder]
    if parents:
        name = user.entry.pw_name
        print(f"Let {name} pass through (o+x): {' '.join(parents)}", file=sys.stderr)


def _is_closed_to(user: SystemUser, folder: Path) -> bool:
    status = folder.stat()
    if user.entry is None or status.st_uid == user.entry.pw_uid:
        return False
    return not status.st_mode & stat.S_IXOTH


def allow_programs(user: SystemUser, installation: Path) -> None:
    """Make PostgreSQL's programs executable for the user."""
    if user.entry is None or user.can_run(installation / "bin" / "postgres"):
        return
    allow_traversal(user, installation)
    if user.can_run(installation / "bin" / "postgres"):
        return
    libraries = installation.parent.with_name(f"{installation.parent.name}.libs")
    for root in (installation, libraries):
        for path in (root, *root.rglob("*")):
            executable = stat.S_IMODE(path.stat().st_mode) & stat.S_IXUSR
            path.chmod(
                stat.S_IMODE(path.stat().st_mode)
                | stat.S_IROTH
                | (stat.S_IXOTH if executable else 0)
            )
    print(f"Made {installation} readable for PostgreSQL.", file=sys.stderr)
