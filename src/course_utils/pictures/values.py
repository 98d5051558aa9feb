"""Values in few characters: what stands in a cell, and what stands where there is no cell.

A cell has room for about six characters. Two values that differ must also read differently, so `distinct` gives a pair
as many digits as it needs, and no more.
"""

from __future__ import annotations

import math
import re
import reprlib

Scalar = bool | int | float | complex

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


def short(value: Scalar, digits: int = 2) -> str:
    """A number in a few characters: ``0.33``, ``1e-7``, ``2.0``, ``7``, ``True``, ``1+2j``, ``nan``, ``-inf``."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        text = str(value)
        return text if len(text) <= 9 else _scientific(value, digits)
    if isinstance(value, complex):
        real, imaginary = (short(part, digits).removesuffix(".0") for part in (value.real, value.imag))
        return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0.0"
    size = abs(value)
    if size >= 1e5 or size < 1e-3:
        return _scientific(value, digits)
    if size < 0.1:
        decimals = digits - 1 - math.floor(math.log10(size))
    else:
        decimals = digits if size < 100 else max(1, digits - 1)
    text = f"{value:.{decimals}f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _scientific(value: int | float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


def distinct(one: Scalar, other: Scalar) -> tuple[str, str]:
    """Both values as short as `short`, but with enough digits to tell them apart where they differ."""
    for digits in range(2, 18):
        pair = short(one, digits), short(other, digits)
        if pair[0] != pair[1]:
            return pair
    return (repr(one), repr(other)) if repr(one) != repr(other) else (short(one), short(other))


def in_words(value: object, limit: int = 80) -> str:
    """The repr of anything on one line: shortened, without memory addresses, and never raising."""
    try:
        maker = reprlib.Repr()
        maker.maxstring = maker.maxother = maker.maxlong = limit
        maker.maxlist = maker.maxtuple = maker.maxdict = maker.maxset = 10
        text = " ".join(_ADDRESS.sub("", maker.repr(value)).split())
    except Exception:
        text = f"<a {kind(value)} whose repr fails>"
    return text if len(text) <= limit else text[: limit - 1] + "…"


def kind(value: object) -> str:
    """The name of a value's type, as a learner types it."""
    return "None" if value is None else str(type(value).__name__)
