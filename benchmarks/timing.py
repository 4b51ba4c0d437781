"""How benchmarks are timed and told: works take turns, so that a slow machine slows them all."""

import statistics
import time
from collections.abc import Callable

Work = Callable[[], object]


def compare(works: dict[str, Work], rounds: int) -> dict[str, list[float]]:
    """Run all works in turn, `rounds` times after one to warm up; CPU seconds of each."""
    for work in works.values():
        work()
    spent: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(rounds):
        for name, work in works.items():
            begin = time.process_time()
            work()
            spent[name].append(time.process_time() - begin)
    return spent


def table(title: str, spent: dict[str, list[float]], per: float, unit: str, ours: str) -> None:
    """Print medians, spread, and each one's ratio to ours."""
    print(f"\n{title}")
    base = statistics.median(spent[ours])
    for name, seconds in spent.items():
        middle, low, high = (f(seconds) / per * 1e3 for f in (statistics.median, min, max))
        ratio = statistics.median(seconds) / base
        print(f"  {name:<44} {middle:9.3f} {unit}  ({low:.3f} to {high:.3f})   {ratio:8.2f} x ours")


def goal(name: str, value: float, bound: float, unit: str, *, at_least: bool = False) -> None:
    """Say how far a figure is from its goal."""
    met = value >= bound if at_least else value <= bound
    sign = ">=" if at_least else "<="
    print(
        f"  goal {sign} {bound:g} {unit}: {name} {value:.3g} {unit}, {'met' if met else 'NOT met'}"
    )
