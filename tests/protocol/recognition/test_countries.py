"""The closed list of countries: whole, and no wider than it says."""

import pytest

from protocol.errors import MalformedError
from protocol.recognition.countries import ALPHA_3, COUNTRIES
from protocol.recognition.scalars import check_country


def test_the_list_is_iso_3166_1_and_kosovo():
    """249 entries, each with codes of its own, and one that ISO leaves to its users."""
    assert len(ALPHA_3) == len(set(ALPHA_3.values())) == 249
    assert COUNTRIES - set(ALPHA_3.values()) == {"XK"}
    assert all(len(three) == 3 and len(two) == 2 for three, two in ALPHA_3.items())


@pytest.mark.parametrize("code", sorted(COUNTRIES))
def test_every_country_of_the_list_may_stand_in_an_entry(code):
    """Nothing else stands between a code and an entry."""
    check_country(code)


REFUSED = {
    "user-assigned": "XX",
    "user-assigned-last": "ZZ",
    "reserved": "EU",
    "the-eus-own": "EL",
    "reserved-for-gb": "UK",
    "a-state-that-is-gone": "SU",
    "alpha-3": "FIN",
    "lower-case": "fi",
    "blank": "F ",
    "full-width": "\uff26\uff29",
    "newline": "FI\n",
    "nothing": "",
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED)
def test_no_other_code_may(code):
    """Codes that look right, and right codes in another spelling, are refused."""
    with pytest.raises(MalformedError):
        check_country(code)
