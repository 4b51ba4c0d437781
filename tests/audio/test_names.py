"""Devices by name: whole before part, one or an error that lists what there is."""

import pytest

from genred.audio.names import Candidate, NoSuchDeviceError, find, quoted
from genred.errors import UsageError

USB = Candidate("alsa_input.usb-Blue_Snowball-00.mono", "Blue Snowball Mono")
WEBCAM = Candidate("alsa_input.usb-HD_Webcam-02.analog-stereo", "HD Webcam C270 Analog Stereo")
HDMI = Candidate("alsa_output.pci-hdmi.monitor", "Monitor of HDMI")
HDMI_2 = Candidate("alsa_output.pci-hdmi-2.monitor", "Monitor of HDMI 2")
ALL = [USB, WEBCAM, HDMI, HDMI_2]


def found(wanted: str, candidates: list[Candidate] = ALL) -> Candidate:
    return find(wanted, [(candidate, candidate) for candidate in candidates])


@pytest.mark.parametrize("candidate", ALL)
def test_a_whole_name_or_description_in_any_case(candidate: Candidate) -> None:
    assert found(candidate.name.upper()) is candidate
    assert found(candidate.description.swapcase()) is candidate


@pytest.mark.parametrize(
    ("part", "candidate"), [("snowball", USB), ("C270", WEBCAM), ("hdmi-2", HDMI_2)]
)
def test_a_part_that_only_one_has(part: str, candidate: Candidate) -> None:
    assert found(part) is candidate


def test_case_is_set_aside_beyond_ascii() -> None:
    device = Candidate("Mikrofon (GRÖSSE)", "")
    assert found("größe", [device, USB]) is device


def test_a_whole_name_comes_before_a_part_of_another() -> None:
    one, two = Candidate("mic", ""), Candidate("mic 2", "")
    assert found("mic", [two, one]) is one


def test_a_whole_description_comes_before_a_part_of_another() -> None:
    assert found("Monitor of HDMI") is HDMI


def test_a_whole_name_comes_before_a_whole_description() -> None:
    named, described = Candidate("usb", "Room"), Candidate("x", "usb")
    assert found("usb", [described, named]) is named


def test_several_that_fit_are_all_listed() -> None:
    with pytest.raises(UsageError, match="give the whole of one name") as caught:
        found("monitor")
    for candidate in (HDMI, HDMI_2):
        assert f'"{candidate.name}" ({candidate.description})' in str(caught.value)
    assert USB.name not in str(caught.value)


def test_one_that_is_not_there_lists_the_nearest_first() -> None:
    others = [Candidate(f"sink{number}", "") for number in range(5)]
    with pytest.raises(NoSuchDeviceError, match='no device named "Snowbal Mono X"') as caught:
        found("Snowbal Mono X", [*others, USB, WEBCAM])
    assert str(caught.value).index(USB.name) < str(caught.value).index("sink")
    assert str(caught.value).count('"sink') < 5


def test_none_at_all_is_said() -> None:
    with pytest.raises(NoSuchDeviceError, match='no device named "x" is there; there is none at'):
        found("x", [])


def test_a_description_is_shown_only_where_it_says_more() -> None:
    devices = [Candidate("a", "a"), Candidate("b", ""), Candidate("c", "Room")]
    assert quoted(devices) == '"a", "b", "c" (Room)'
