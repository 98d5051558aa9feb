"""Make weather.h5 out of seattle-weather.csv, which the PyPI package vega_datasets bundles; no network."""

from __future__ import annotations

import argparse
import csv
import hashlib
import importlib.util
import io
import math
import sys
from datetime import date, timedelta
from pathlib import Path

import h5py
import numpy as np
from shipping import add, hdf5_bytes, run

from course_utils.errors import CourseError

COLUMNS = ("precipitation", "temp_max", "temp_min", "wind")
UNITS = ("mm", "°C", "°C", "m/s")
KINDS = ("drizzle", "fog", "rain", "snow", "sun")
START, DAYS = date(2012, 1, 1), 1461


def bundled_csv() -> Path:
    """The CSV in the installed package, which is not imported: that would need pandas.

    Raises:
        CourseError: the package is not installed.
    """
    spec = importlib.util.find_spec("vega_datasets")
    if spec is None or spec.origin is None:
        raise CourseError(
            "The package vega_datasets is not installed; name the path of its seattle-weather.csv, "
            "or install it with `pip install --no-deps vega_datasets`."
        )
    return Path(spec.origin).parent / "_data" / "seattle-weather.csv"


def read_rows(content: bytes, where: Path) -> tuple[np.ndarray, np.ndarray]:
    """The measurements, float32 (1461, 4), and the kinds of weather, uint8 (1461,), of a CSV.

    Raises:
        CourseError: a line is not the one for its day, or not plausible; it names the line.
    """
    values = np.empty((DAYS, len(COLUMNS)), np.float32)
    kinds = np.empty(DAYS, np.uint8)
    line = 1
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8"))))
        if len(rows) != DAYS:
            raise ValueError(f"it has {len(rows)} days, not {DAYS}")
        for day, row in enumerate(rows):
            line = day + 2
            if row["date"] != f"{START + timedelta(days=day):%Y/%m/%d}":
                raise ValueError(f"{row['date']} is not the next day")
            measured = [float(row[column]) for column in COLUMNS]
            if not all(map(math.isfinite, measured)) or measured[2] > measured[1] or min(measured[0], measured[3]) < 0:
                raise ValueError("a value is not plausible")
            values[day], kinds[day] = measured, KINDS.index(row["weather"])
    except (KeyError, TypeError, ValueError) as error:
        raise CourseError(f"{where} is not the CSV that is wanted, at line {line}: {error}.") from None
    return values, kinds


def make(options: argparse.Namespace) -> bytes:
    """The bytes of weather.h5.

    Raises:
        CourseError: the CSV is not found, or not the one that the course describes.
    """
    where = options.csv or bundled_csv()
    try:
        content = where.read_bytes()
    except OSError as error:
        raise CourseError(f"Cannot read {where}: {error.strerror or error}.") from None
    values, kinds = read_rows(content, where)

    def fill(file: h5py.File) -> None:
        file.attrs["title"] = "Daily weather of Seattle, 2012 to 2015"
        file.attrs["source"] = (
            "National Oceanic and Atmospheric Administration (NOAA), USA; seattle-weather.csv of vega-datasets, "
            "https://github.com/vega/vega-datasets, as bundled with the PyPI package vega_datasets"
        )
        file.attrs["source_sha256"] = hashlib.sha256(content).hexdigest()
        file.attrs["licence"] = "public domain, https://www.weather.gov/disclaimer"
        add(file, "daily", values, columns=COLUMNS, units=UNITS, start=START.isoformat(), step="1 day")
        add(file, "weather", kinds, names=KINDS, units="index into names")

    return hdf5_bytes(fill)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("csv", type=Path, nargs="?", help="the CSV (default: the one in the installed package)")
    sys.exit(run("weather.h5", parser, make))
