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

from fluxrate.server.postgres.errors import EmbeddedPostgresError, unusable

NAME = "fluxrate-postgres"


class RunAs(TypedDict, total=False):
    """The arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """Who runs the server; `other` is None when we do it ourselves."""

    other: pwd.struct_passwd | None = None

    @property
    def run_as(self) -> RunAs:
        if self.other is None:
            return {}
        return {
            "user": self.other.pw_uid,
            "group": self.other.pw_gid,
            "extra_groups": [],
        }

    def own(self, path: Path) -> None:
        """Give a file or folder to the account."""
        if self.other is not None:
            os.chown(path, self.other.pw_uid, self.other.pw_gid)

    def private_folder(self, path: Path) -> None:
        """Make a folder that only the account may enter, or make sure it is one."""
        try:
            path.mkdir(mode=0o700, exist_ok=True)
            _refuse_a_strangers_folder(path, self)
            self.own(path)
            path.chmod(0o700)
        except OSError as error:
            raise unusable(path, error) from error

    def can_run(self, program: Path) -> bool:
        command = [str(program), "--version"]
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd="/", capture_output=True, check=False, **self.run_as
            )
        except OSError:
            return False
        return done.returncode == 0


def _refuse_a_strangers_folder(path: Path, account: Account) -> None:
    """Refuse a folder in /tmp that somebody else prepared for us."""
    found = path.lstat()
    owners = {os.geteuid()} | ({account.other.pw_uid} if account.other else set())
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
        raise EmbeddedPostgresError(
            f"{path} is not a folder of ours: remove it, or set DATA_DIR to "
            "another folder."
        )


def account_for(cluster: Path) -> Account:
    """Return who is to run the server of a data directory."""
    if os.geteuid() != 0:
        _refuse_anothers_cluster(cluster)
        return Account()
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return Account(pwd.getpwuid(owner))
    return Account(_system_user())


def _refuse_anothers_cluster(cluster: Path) -> None:
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
    # Two first starts at once: one of them finds the user made, which is as good.
    subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    print(f"Created the system user {NAME} to run PostgreSQL.", file=sys.stderr)


def open_path(account: Account, folder: Path) -> None:
    """Let the account pass through the folders above and to a folder, not read them."""
    if account.other is None:
        return
    path = (folder, *folder.parents)
    closed = [each for each in path if _is_closed_to(account, each)]
    for each in closed:
        each.chmod(stat.S_IMODE(each.stat().st_mode) | stat.S_IXOTH)
    above = [str(each) for each in reversed(closed) if each != folder]
    if above:
        who = account.other.pw_name
        print(f"Let {who} pass through (o+x): {' '.join(above)}", file=sys.stderr)


def _is_closed_to(account: Account, folder: Path) -> bool:
    found = folder.stat()
    if account.other is None or found.st_uid == account.other.pw_uid:
        return False
    return not found.st_mode & stat.S_IXOTH


def open_programs(account: Account, installation: Path) -> None:
    """Make PostgreSQL's programs readable for the account, when they are not."""
    if account.other is None or account.can_run(installation / "bin" / "postgres"):
        return
    open_path(account, installation)
    if account.can_run(installation / "bin" / "postgres"):
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
