"""Everything that can be configured: one typed tree, and beside each figure what a reader is told.

`Meta` of a key: its range (checked where it is read), `description`, and in `extra` what a person
needs beside: `unit`, `default` where it is no plain value, `live` for what can change at run time,
`check` for what a range can't say, `path` for a file's name. docs/config.md is made of this.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from genred.config import checks
from genred.labels import Labels as Wished
from genred.parameters import Tracking
from genred.places import DEFAULT_CONTROL, DEFAULT_EVENTS, host_stream, keys_folder

_DAY_S = 86400.0
_LIVE = {"live": True}
_SHARE = {"live": True, "unit": "probability"}
_AUDIO_S = {"live": True, "unit": "seconds of audio"}
_DBFS = {"live": True, "unit": "dBFS, RMS of one frame"}


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file."""


class Events(Section, frozen=True, kw_only=True):
    """The socket on which events are published."""

    bind: Annotated[
        list[str],
        Meta(
            min_length=1,
            description="where subscribers connect: tcp://HOST:PORT or ipc://PATH; several at once",
            extra={"unit": "endpoints", "check": checks.endpoints},
        ),
    ] = field(default_factory=lambda: [DEFAULT_EVENTS])
    high_water_mark: Annotated[
        int,
        Meta(
            ge=1,
            le=1_000_000,
            description="how far a subscriber may be behind before it loses events",
            extra={"unit": "events"},
        ),
    ] = 1000


class Control(Section, frozen=True, kw_only=True):
    """The socket that answers `genred status`, `pause`, `set` and the like."""

    bind: Annotated[
        list[str],
        Meta(
            description="where it answers; [] for no control socket",
            extra={"unit": "endpoints", "check": checks.endpoints},
        ),
    ] = field(default_factory=lambda: [DEFAULT_CONTROL])


class Labels(Section, frozen=True, kw_only=True):
    """What this place knows of its music: how often a label is heard, and what it is called."""

    weights: Annotated[
        dict[str, Annotated[float, Meta(ge=0)]],
        Meta(
            description="a factor on a label's probability: 0.2 is a fifth as likely, 0 never",
            extra={"unit": "label = factor"} | _LIVE,
        ),
    ] = field(default_factory=dict)
    names: Annotated[
        dict[str, str],
        Meta(
            description="what a label is called outside; two that get one name become one",
            extra={"unit": "label = name", "check": checks.label_name} | _LIVE,
        ),
    ] = field(default_factory=dict)

    def wished(self) -> Wished:
        """Return them as a model takes them."""
        return Wished(self.weights, self.names)


class TrackingChanges(Section, frozen=True, kw_only=True):
    """How single windows become one label that stays. What is not set is as the model has it."""

    open_dbfs: (
        Annotated[float, Meta(ge=-120, le=0, description="sound begins at this level", extra=_DBFS)]
        | UnsetType
    ) = UNSET
    close_dbfs: (
        Annotated[
            float,
            Meta(
                ge=-120,
                le=0,
                description="silence begins below this level; not above open_dbfs",
                extra=_DBFS,
            ),
        ]
        | UnsetType
    ) = UNSET
    hold_s: (
        Annotated[
            float,
            Meta(ge=0, le=_DAY_S, description="and after so long below it", extra=_AUDIO_S),
        ]
        | UnsetType
    ) = UNSET
    resume_s: (
        Annotated[
            float,
            Meta(
                ge=0,
                le=_DAY_S,
                description="a silence shorter than this is a rest in the same piece",
                extra=_AUDIO_S,
            ),
        ]
        | UnsetType
    ) = UNSET
    stability_s: (
        Annotated[
            float,
            Meta(
                gt=0, le=_DAY_S, description="how long a genre is expected to last", extra=_AUDIO_S
            ),
        ]
        | UnsetType
    ) = UNSET
    evidence: (
        Annotated[
            float,
            Meta(
                gt=0,
                le=1,
                description="weight of each window after the first; 1/6 of one is new",
                extra=_LIVE | {"unit": "exponent"},
            ),
        ]
        | UnsetType
    ) = UNSET
    likelihood_floor: (
        Annotated[
            float,
            Meta(
                gt=0,
                lt=1,
                description="no window calls a label less likely than this share of the best",
                extra=_LIVE | {"unit": "share"},
            ),
        ]
        | UnsetType
    ) = UNSET
    margin: (
        Annotated[float, Meta(ge=0, lt=1, description="lead that a new label needs", extra=_SHARE)]
        | UnsetType
    ) = UNSET
    dwell_s: (
        Annotated[
            float,
            Meta(
                ge=0,
                le=_DAY_S,
                description="for so long; the first after silence or unknown needs none",
                extra=_AUDIO_S,
            ),
        ]
        | UnsetType
    ) = UNSET
    announce_floor: (
        Annotated[
            float,
            Meta(ge=0, lt=1, description="unknown while no label reaches this", extra=_SHARE),
        ]
        | UnsetType
    ) = UNSET
    average_s: (
        Annotated[
            float,
            Meta(
                gt=0,
                le=_DAY_S,
                description="time constant, for a model with several labels at once",
                extra=_AUDIO_S,
            ),
        ]
        | UnsetType
    ) = UNSET
    hysteresis: (
        Annotated[
            float,
            Meta(
                ge=0,
                lt=1,
                description="how far such a label falls below its threshold before it goes",
                extra=_SHARE,
            ),
        ]
        | UnsetType
    ) = UNSET

    def over(self, own: Tracking) -> Tracking:
        """Return a model's own figures with these in their places; raises ValueError as they do."""
        return structs.replace(own, **changed(self))


class Security(Section, frozen=True, kw_only=True):
    """Who may connect from other machines."""

    keys: Annotated[
        Path,
        Meta(
            description="folder of daemon.secret, daemon.public and allowed/*.public; "
            "a reload reads anew who is allowed",
            extra={
                "path": True,
                "default": "keys beside config.toml; /var/lib/genred/keys for /etc/genred",
                "unit": "folder",
            },
        ),
    ] = field(default_factory=lambda: keys_folder(None, os.environ))
    insecure: Annotated[
        bool,
        Meta(description="bind without keys to what other machines reach: anyone may listen"),
    ] = False


class Log(Section, frozen=True, kw_only=True):
    """What the daemon notes of its life."""

    level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(description="the least that is worth a line", extra=_LIVE),
    ] = "info"
    to: Annotated[
        str,
        Meta(
            description="stderr, journal (stderr with journald's priorities), or a file",
            extra={"path": True, "check": checks.log_target},
        ),
    ] = "stderr"
    max_mb: Annotated[
        float,
        Meta(gt=0, le=10_000, description="a file is rotated at this size", extra={"unit": "MB"}),
    ] = 10.0
    keep: Annotated[
        int,
        Meta(ge=0, le=1000, description="so many old files stay", extra={"unit": "files"}),
    ] = 5


class Metrics(Section, frozen=True, kw_only=True):
    """Figures for Prometheus."""

    bind: Annotated[
        str,
        Meta(
            description='where they are served, such as 127.0.0.1:9570; "" for nowhere',
            extra={"unit": "HOST:PORT", "check": checks.address},
        ),
    ] = ""


class Config(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All of it, as it holds: no key is without a value but those of tracking."""

    source: Annotated[
        str,
        Meta(
            description="what is heard: default, loopback (what the computer plays), a device or "
            "part of its name, pipe:PATH?rate=48000&channels=2&format=s16le, - for stdin, a file",
            extra={"check": checks.source},
        ),
    ] = "default"
    model: Annotated[
        str,
        Meta(
            description="a shipped model by name (base, tiny), or a .tflite file",
            extra={"path": True, "check": checks.model},
        ),
    ] = "base"
    stream: Annotated[
        str,
        Meta(
            description="name of this daemon in every event: 1 to 64 of A-Z a-z 0-9 . _ -",
            extra={"default": "the host's name", "check": checks.stream},
        ),
    ] = field(default_factory=host_stream)
    wait: Annotated[
        bool, Meta(description="wait for a source that is not there at first; false: fail")
    ] = True
    taught: Annotated[bool, Meta(description="know what was taught by genred teach")] = True
    taught_dir: Annotated[
        Path | None,
        Meta(
            description="folder of what was taught",
            extra={"path": True, "default": "the user's data folder", "unit": "folder"},
        ),
    ] = None
    events: Events = field(default_factory=Events)
    control: Control = field(default_factory=Control)
    labels: Labels = field(default_factory=Labels)
    tracking: TrackingChanges = field(default_factory=TrackingChanges)
    security: Security = field(default_factory=Security)
    log: Log = field(default_factory=Log)
    metrics: Metrics = field(default_factory=Metrics)


def changed(tracking: TrackingChanges) -> dict[str, float]:
    """Return the figures that are set."""
    return {k: v for k, v in structs.asdict(tracking).items() if v is not UNSET}
