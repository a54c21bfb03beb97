"""Country codes as documents write them, to the ones that our entries write.

Documents write alpha-2 or alpha-3 codes of ISO 3166-1 (the table is `protocol.recognition.countries`'s), and EU texts
codes that it does not assign: ``XKX`` and ``1A0`` for Kosovo (``XK``), ``EL`` and ``UK`` for ``GR`` and ``GB``.
"""

from typing import Final

from protocol.recognition.countries import ALPHA_3, COUNTRIES, KOSOVO

_EU_ADDITIONS: Final = {"XKX": KOSOVO, "1A0": KOSOVO, "EL": "GR", "UK": "GB"}


def alpha_2(code: str) -> str:
    """Return the alpha-2 code that an alpha-2 or alpha-3 code means, or an empty string if it means none."""
    upper = code.strip().upper()
    if upper in _EU_ADDITIONS:
        return _EU_ADDITIONS[upper]
    return upper if upper in COUNTRIES else ALPHA_3.get(upper, "")
