"""How far two numbers may lie apart and still count as equal: what `torch.testing.assert_close` documents.

assert_close says whether tensors agree, but not which elements do not; marking single ones needs its tolerances.
"""

from __future__ import annotations

import torch

Tolerance = tuple[float, float]

# As torch.testing.assert_close has them; a test holds the two together.
_TOLERANCES: dict[torch.dtype, Tolerance] = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
    torch.complex32: (1e-3, 1e-5),
    torch.complex64: (1.3e-6, 1e-5),
    torch.complex128: (1e-7, 1e-7),
}


def default_tolerance(*dtypes: torch.dtype) -> Tolerance:
    """The (rtol, atol) that `torch.testing.assert_close` takes for values of these dtypes: the widest of each."""
    pairs = [_TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes]
    return max(p[0] for p in pairs), max(p[1] for p in pairs)
