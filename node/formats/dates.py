"""Dates, instants and durations as credentials write them.

- An instant (XML Schema ``dateTime``) becomes ``YYYY-MM-DDTHH:MM:SSZ``; one without a time zone is read as UTC,
  fractions of a second are cut off. A bare date becomes its midnight UTC.
- A legal date is the date *as written*: ``2022-12-31T23:00:00Z`` gives 2022-12-31, though its author, an hour east, may
  have meant the next day. The instant is kept beside it, so that a person can see that.
- A duration (ISO 8601) gives hours only from its time part, to two decimals: ``PT7H30M`` is 7.5 hours. ``P1M`` is a
  time span and says nothing about hours of learning.
"""

import re
from datetime import UTC, datetime
from typing import Final

_INSTANT: Final = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[Tt ](?P<time>(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9])(?:\.[0-9]{1,12})?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DURATION: Final = re.compile(
    r"P(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+W)?(?:[0-9]+D)?"
    r"(?:T(?:(?P<hours>[0-9]{1,6})(?:[.,](?P<tenths>[0-9]{1,2}))?H)?(?:(?P<minutes>[0-9]{1,6})M)?(?:(?P<seconds>[0-9]{1,6})S)?)?"
)
_SPAN: Final = re.compile(r"[1-9][0-9]*[YMWD]")


def instant(written: str) -> str:
    """Return the instant in UTC, or an empty string if the text is none."""
    match = _INSTANT.fullmatch(written.strip())
    if match is None:
        return ""
    zone = (match["zone"] or "Z").upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00:00'}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment.year > 999 else ""


def legal_date(written: str) -> str:
    """Return the date as written, or an empty string if the text is neither an instant nor a date."""
    return written.strip()[:10] if instant(written) else ""


def hours(duration: str) -> str:
    """Return the hours of a duration's time part as decimal text, or an empty string if it states none."""
    match = _DURATION.fullmatch(duration.strip())
    if match is None or _SPAN.search(duration.partition("T")[0]):
        return ""
    hundredths = int(match["hours"] or 0) * 100 + int((match["tenths"] or "0").ljust(2, "0"))
    hundredths += round((int(match["minutes"] or 0) * 60 + int(match["seconds"] or 0)) / 36)
    if not hundredths:
        return ""
    return f"{hundredths // 100}.{hundredths % 100:02d}".rstrip("0").rstrip(".")


def duration(hours_text: str) -> str:
    """Return decimal hours as an ISO 8601 duration in hours, minutes and seconds: ``7.5`` gives ``PT7H30M``."""
    whole, _, fraction = hours_text.partition(".")
    seconds = round(float(f"0.{fraction or 0}") * 3600)
    parts = ((int(whole) + seconds // 3600, "H"), (seconds % 3600 // 60, "M"), (seconds % 60, "S"))
    return "PT" + "".join(f"{amount}{unit}" for amount, unit in parts if amount)
