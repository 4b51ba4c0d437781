"""A storm of joins and deaths around one constant subscriber: `python benchmarks/storm.py`.

Tells whether it got every `seq` once, and how many retained events, meant for one joiner, went to
it too.
"""

import argparse
import contextlib
import multiprocessing
import random
import time

import zmq

from genred.events import Event, GenreRecord, PredictionRecord, decode, type_of
from genred.wire.publisher import Publisher

CHURNERS = 3
TOPICS = ["", "genre/", "genre/bar/", "status/", "x"]


def churn(endpoint: str, seed: int, until: float) -> None:
    """Join with random topics and die, half of the times at once."""
    draw = random.Random(seed)
    with zmq.Context() as context:
        while time.monotonic() < until:
            with contextlib.closing(context.socket(zmq.SUB)) as socket:
                socket.linger = 0
                for topic in draw.sample(TOPICS, draw.randint(0, 3)):
                    socket.subscribe(topic)
                socket.connect(endpoint)
                if draw.random() < 0.5:
                    time.sleep(draw.random() * 0.01)


def weather(publisher: Publisher, until: float) -> None:
    """Publish and serve as a busy daemon would."""
    number = 0
    while time.monotonic() < until:
        publisher.serve(5)
        at = float(number)
        if number % 7 == 0:
            publisher.publish(GenreRecord(audio_time=at, genre="jazz", onset=at))
        publisher.publish(
            PredictionRecord(audio_time=at, probabilities={}, window={}, level_dbfs=-20.0)
        )
        number += 1


def heard(constant: "zmq.Socket[bytes]") -> list[Event]:
    """Read all that the constant subscriber was sent."""
    events = []
    while constant.poll(300):
        events.append(decode(constant.recv_multipart()[1]))
    return events


def main() -> None:
    """Run one storm and tell what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0)
    arguments = parser.parse_args()
    with Publisher(["tcp://127.0.0.1:*"], "bar", "storm", time.time) as publisher:
        publisher.publish(GenreRecord(audio_time=0.0, genre="unknown", onset=0.0))
        publisher.bind()
        (endpoint,) = publisher.endpoints
        with zmq.Context() as context, contextlib.closing(context.socket(zmq.SUB)) as constant:
            constant.rcvhwm = 0
            constant.subscribe("")
            constant.connect(endpoint)
            while not publisher.subscribers:
                publisher.serve(100)
            until = time.monotonic() + arguments.seconds
            processes = [
                multiprocessing.Process(target=churn, args=(endpoint, seed, until))
                for seed in range(CHURNERS)
            ]
            for process in processes:
                process.start()
            weather(publisher, until)
            for process in processes:
                process.join()
            events = heard(constant)
        for kind, last in publisher.last_seq.items():
            seen = [e.seq for e in events if type_of(e) == kind and not e.retained]
            whole = seen == list(range(seen[0], last + 1))
            print(f"{kind}: {len(seen)} events, {'each once' if whole else 'NOT each once'}")
        # The first is its own: the present state when it joined.
        print(f"retained events of others: {sum(e.retained for e in events) - 1}")


if __name__ == "__main__":
    main()
