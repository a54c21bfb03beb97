"""Full RFC 8785 against its author's files and the rfc8785 package."""

import json
import math
import struct

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from protocol.encoding import jcs
from protocol.errors import MalformedError


@pytest.mark.parametrize("name", ["arrays", "french", "structures", "unicode", "values", "weird"])
def test_foreign_vectors_come_out_byte_by_byte(shared, name):
    """Each of the author's inputs has the author's output."""
    folder = shared / "vectors" / "rfc8785"

    written = jcs.encode(jcs.decode((folder / f"{name}.in.json").read_bytes()))

    assert written == (folder / f"{name}.out.json").read_bytes()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_are_written_as_ecmascript_does(value):
    """Every finite double is written as another implementation writes it, and reads back as itself."""
    text = jcs.number(value)

    assert text.encode() == rfc8785.dumps(value)
    assert float(text) == value


@given(st.integers(0, 2**64 - 1))
def test_any_bit_pattern_of_a_double_is_written_or_refused(bits):
    """Doubles drawn by their bits, so that subnormal and huge ones come too."""
    (value,) = struct.unpack(">d", bits.to_bytes(8, "big"))
    if math.isfinite(value):
        assert jcs.number(value).encode() == rfc8785.dumps(value)
    else:
        with pytest.raises(MalformedError):
            jcs.number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (-0.0, "0"), (5e-324, "5e-324"), (1e21, "1e+21"), (1e20, "1" + "0" * 20), (1e-6, "0.000001"),
        (1e-7, "1e-7"), (-1.5, "-1.5"), (1.7976931348623157e308, "1.7976931348623157e+308"), (123456.789, "123456.789"),
        (9.5e-7, "9.5e-7"), (333333333.3333333, "333333333.3333333"),
    ],
)  # fmt: skip
def test_the_places_where_the_form_changes(value, text):
    """Fixed and exponent form begin where ECMA-262 says."""
    assert jcs.number(value) == text


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b'{"a":1,"a":2}', b"\xff", b"\xef\xbb\xbf{}", b"[NaN]", b"[Infinity]", b"[-Infinity]", b"[01]",
     b"[" * 100_000, b"[1" + b"0" * 5_000 + b"]", b'["\\uD800"]', b'{"\\udfff":1}',
     b"[" * 900 + b'"\\ud800"' + b"]" * 900],
)  # fmt: skip
def test_what_is_not_json_is_refused(data):
    """Nothing but MalformedError comes out of foreign bytes."""
    with pytest.raises(MalformedError):
        jcs.decode(data)


def test_an_escaped_pair_is_one_character():
    """Only half of one is refused."""
    assert jcs.decode(b'"\\ud83c\\udf93"') == "🎓"


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), math.nan, math.inf, "\ud800", {"\ud800": 1}, {1: 1}, {"a": {1, 2}}, b"", [[[object()]]]]
)
def test_what_has_no_canonical_form_is_refused(value):
    """The value is refused as a whole."""
    with pytest.raises(MalformedError):
        jcs.encode(value)


def test_nesting_ends_at_64():
    """A deeper document is read and not written."""
    value = json.loads("[" * 70 + "]" * 70)
    with pytest.raises(MalformedError, match="nested"):
        jcs.encode(value)


def test_all_kinds_of_values_are_written():
    """Literals, numbers, escapes, arrays and objects in one."""
    value = {"b": [None, True, False, 1, 1.5, '\b\f\n\r\t"\\\x01\u00e4'], "a": ()}

    assert jcs.encode(value) == b'{"a":[],"b":[null,true,false,1,1.5,"\\b\\f\\n\\r\\t\\"\\\\\\u0001\xc3\xa4"]}'


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**4299])
def test_an_integer_that_is_too_large_is_not_repeated(number):
    """It may be somebody's number, and the text of an error goes into logs."""
    with pytest.raises(MalformedError) as refused:
        jcs.encode({"id": number})
    assert str(number)[:8] not in str(refused.value)
