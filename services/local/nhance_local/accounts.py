"""The system user that PostgreSQL runs as where nhance itself runs as root.

PostgreSQL refuses to run as root. Everybody else runs it as themselves.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from nhance_local.errors import LocalError

USER = "embedded_postgres"


def server_user() -> pwd.struct_passwd | None:
    """Root's stand-in, made if need be; None where none is needed. Raises LocalError."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if useradd is None:
        raise LocalError(
            "PostgreSQL does not run as root, and useradd, which would make it a user of its own, "
            "is missing. Run nhance as an ordinary user, or install the package passwd."
        )
    made = subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", USER],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        return pwd.getpwnam(USER)
    except KeyError:
        raise LocalError(
            f"useradd could not make the user {USER} that PostgreSQL runs as: "
            f"{made.stderr.strip()}. Run nhance as an ordinary user instead."
        ) from None


def give(path: Path, user: pwd.struct_passwd) -> None:
    """Make ``user`` the owner of ``path`` and of all in it, and let it get there.

    Only the right to pass through is added to the directories above; none becomes readable.
    """
    if path.stat().st_uid != user.pw_uid:
        for below in [*path.rglob("*"), path]:
            os.chown(below, user.pw_uid, user.pw_gid, follow_symlinks=False)
    let_through(path)


def let_through(path: Path) -> None:
    """Let everybody pass through the directories above ``path``."""
    for above in path.resolve().parents:
        mode = above.stat().st_mode
        if not mode & stat.S_IXOTH:
            above.chmod(mode | stat.S_IXOTH)
