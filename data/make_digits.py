"""Make digits.h5 out of the handwritten digits that scikit-learn bundles; no network."""

from __future__ import annotations

import argparse
import sys

import h5py
import numpy as np
from shipping import add, hdf5_bytes, run

from course_utils.errors import CourseError


def make(_: argparse.Namespace) -> bytes:
    """The bytes of digits.h5.

    Raises:
        CourseError: scikit-learn is missing, or its digits are not the ones that the course describes.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise CourseError("scikit-learn is missing; install it with `pip install scikit-learn`.") from None
    bundle = load_digits()
    images, labels = bundle.images.astype(np.uint8), bundle.target.astype(np.uint8)
    if images.shape != (1797, 8, 8) or not np.array_equal(images, bundle.images) or images.max() != 16:
        raise CourseError("The digits in this scikit-learn are not 1797 images of 8x8 whole numbers up to 16; use 1.5.")

    def fill(file: h5py.File) -> None:
        file.attrs["title"] = "Handwritten digits, 8x8"
        file.attrs["source"] = (
            "Test set of: E. Alpaydin, C. Kaynak (1998), Optical Recognition of Handwritten Digits, "
            "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49; as bundled with scikit-learn"
        )
        file.attrs["licence"] = "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/"
        file.attrs["changes"] = "stored as 8-bit integers; no value changed"
        add(file, "images", images, units="ink: inked pixels, 0 to 16, in each 4x4 block of the 32x32 scan")
        add(file, "labels", labels, units="digit, 0 to 9")

    return hdf5_bytes(fill)


if __name__ == "__main__":
    sys.exit(run("digits.h5", argparse.ArgumentParser(description=__doc__), make))
