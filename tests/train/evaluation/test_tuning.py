"""Tracking's figures are searched for where streams are, and nothing is changed for nothing."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, structs

from genred.parameters import Tracking
from genred_train.evaluation.streams import LiveFigures
from genred_train.evaluation.tuning import CHOICES, cost, tuned


def heard(**figures: float) -> LiveFigures:
    plain: dict[str, float] = {"noticed_median_s": 4.0, "right_share": 0.8}
    plain |= {"noticed_share": 1.0, "false_changes_per_hour": 10.0, "hours": 1.0}
    return LiveFigures(overtook_median_s=None, **(plain | figures))  # type: ignore[arg-type]


def test_later_more_often_wrong_and_restless_each_cost() -> None:
    for worse in (
        heard(noticed_median_s=5.0),
        heard(right_share=0.7),
        heard(false_changes_per_hour=20.0),
        structs.replace(heard(), noticed_median_s=UNSET),
        structs.replace(heard(), right_share=UNSET),
    ):
        assert cost(worse) > cost(heard())


def test_a_false_change_a_minute_is_a_tenth_of_the_time_or_five_seconds() -> None:
    restless = cost(heard(false_changes_per_hour=70.0)) - cost(heard())
    assert abs(restless - (cost(heard(right_share=0.7)) - cost(heard()))) < 1e-9
    assert abs(restless - (cost(heard(noticed_median_s=9.0)) - cost(heard()))) < 1e-9


@given(
    evidence=st.sampled_from(CHOICES["evidence"]),
    stability_s=st.sampled_from(CHOICES["stability_s"]),
    dwell_s=st.sampled_from(CHOICES["dwell_s"]),
)
def test_what_is_best_alone_is_found_whatever_it_begins_with(
    evidence: float, stability_s: float, dwell_s: float
) -> None:
    def listen(tracking: Tracking) -> LiveFigures:
        away = (
            abs(tracking.evidence - evidence)
            + abs(tracking.stability_s - stability_s) / 100
            + abs(tracking.dwell_s - dwell_s)
        )
        return heard(right_share=1 / (1 + away))

    found = tuned(Tracking(margin=0.45), listen)
    assert (found.evidence, found.stability_s, found.dwell_s) == (evidence, stability_s, dwell_s)
    # It made no difference, so it stayed.
    assert found.margin == 0.45
