"""Where a service lies: of the whole machine or of one user, below `/` or a folder in its stead."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from genred.errors import UsageError
from genred.events import check_stream
from genred.places import user_folder

SYSTEM_UNITS = ("usr/local/lib", "usr/lib", "lib", "run")
"""where packages and others put units; the system's of ours goes to etc"""


@dataclass(frozen=True)
class Place:
    """One service. `instance` is the system's, and its stream; a user's has none."""

    system: bool
    instance: str = ""
    root: Path = Path("/")
    uid: int = 0
    home: Path = Path("/")
    config_home: Path = Path("/")
    """the user's folder of genred's config"""

    @property
    def shipped(self) -> str:
        """The unit as it comes with genred."""
        return "system/genred@.service" if self.system else "user/genred.service"

    @property
    def unit(self) -> str:
        """What systemd is asked to start."""
        return f"genred@{self.instance}.service" if self.system else "genred.service"

    @property
    def unit_file(self) -> Path:
        """Where its unit is written."""
        if self.system:
            return self.root / "etc/systemd/system/genred@.service"
        return self.home / ".config/systemd/user/genred.service"

    @property
    def config_file(self) -> Path:
        """The config that it goes by."""
        if self.system:
            return self.root / "etc/genred" / f"{self.instance}.toml"
        return self.config_home / "config.toml"

    @property
    def state_folder(self) -> Path:
        """What it learnt, and its keys; the system's only."""
        return self.root / "var/lib/private/genred"

    @property
    def packaged(self) -> Path | None:
        """The same unit where a package has put it; None if none has."""
        kind, name = self.shipped.split("/")
        folders = SYSTEM_UNITS if self.system else (*SYSTEM_UNITS, "etc")
        found = [self.root / folder / "systemd" / kind / name for folder in folders]
        return next((path for path in found if path.exists()), None)

    @property
    def user(self) -> str:
        """Whose it is."""
        return "root" if self.system else pwd.getpwuid(self.uid).pw_name


def place_of(*, system: bool, instance: str, root: Path) -> Place:
    """Return where the service of this user, or of the machine, lies; raises UsageError."""
    if system:
        return Place(system=True, instance=check_stream(instance), root=root)
    config = user_folder(os.environ)
    if config is None:
        raise UsageError("there is no home to install it for: give --system")
    home = Path(os.environ.get("HOME") or Path.home())
    return Place(
        system=False,
        root=root,
        uid=os.getuid(),
        home=root / home.relative_to("/"),
        config_home=root / config.relative_to("/"),
    )
