"""Whom a hub is to hear: arguments and a list in a file go in, endpoints and their keys come out.

A line of the list is an endpoint and, for a daemon of another machine, the file of the client's
key that is made for it; `#` begins a comment. A file's name without a folder lies beside the list.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from genred.errors import GenredError, UsageError
from genred.wire.endpoints import check_endpoint, is_local
from genred.wire.keys import load_client
from genred.wire.security import ClientKeys

VARIABLE = "GENRED_KEY"

Upstreams = dict[str, ClientKeys | None]
"""keys of each endpoint; None: it asks for none"""


def read_upstreams(
    arguments: Sequence[str],
    keys: Sequence[str],
    listed: Path | None,
    environment: Mapping[str, str],
) -> Upstreams:
    """Return whom to hear.

    `keys` are files, `FILE` for all or `ENDPOINT=FILE` for one; without, that of GENRED_KEY goes
    for those of other machines. Raises GenredError, one line.
    """
    found: dict[str, Path | None] = dict.fromkeys(map(check_endpoint, arguments))
    if listed is not None:
        found |= _read_list(listed)
    if not found:
        raise UsageError("nobody to hear: give an upstream, tcp://HOST:PORT, or --from FILE")
    of_one = {end: Path(file) for end in found for file in _files_of(end, keys)}
    of_all = [Path(key) for key in keys if not any(key.startswith(f"{end}=") for end in found)]
    if len(of_all) > 1:
        raise UsageError(f"whose is --key {of_all[1]}? give --key ENDPOINT=FILE for each upstream")
    said = environment.get(VARIABLE)
    for endpoint, file in found.items():
        general = of_all[0] if of_all else None
        if general is None and said and not is_local(endpoint):
            general = Path(said)
        found[endpoint] = of_one.get(endpoint) or file or general
    return {end: None if file is None else load_client(file) for end, file in found.items()}


def _files_of(endpoint: str, keys: Sequence[str]) -> list[str]:
    return [key.removeprefix(f"{endpoint}=") for key in keys if key.startswith(f"{endpoint}=")]


def _read_list(path: Path) -> dict[str, Path | None]:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise GenredError(f"{path}: {reason}; give another --from") from error
    found: dict[str, Path | None] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match line.partition("#")[0].split(maxsplit=1):
            case [endpoint, *rest]:
                try:
                    check_endpoint(endpoint)
                except UsageError as error:
                    raise UsageError(f"{path}, line {number}: {error}") from error
                found[endpoint] = path.parent / rest[0].strip() if rest else None
    return found
