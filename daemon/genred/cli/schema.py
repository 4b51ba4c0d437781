"""`genred schema`: the JSON Schema of the events."""

import json

from genred.events import json_schema


def schema() -> None:
    """Print the JSON Schema of every event (docs/events.schema.json is this)."""
    print(json.dumps(json_schema(), indent=2))
