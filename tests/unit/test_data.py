"""The shipped data: whole, made again from its sources, and refused in one sentence when it is not whole."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import h5py
import pytest
import torch

from course_utils.data import (
    CHECKSUMS,
    Weather,
    data_path,
    load_digits,
    load_digits_net,
    load_weather,
    read_checksums,
)
from course_utils.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "data"
SHIPPED = read_checksums(DATA / CHECKSUMS)


def generate(script: str, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, DATA / script, *map(str, words)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"},
        encoding="utf-8",
    )


def contents(path: Path) -> dict[str, object]:
    """Everything that a reader of the file can see, however it was compressed."""
    with h5py.File(path, "r") as file:
        seen: dict[str, object] = {"": {key: str(value) for key, value in file.attrs.items()}}
        for name, dataset in file.items():
            attributes = {key: str(value) for key, value in dataset.attrs.items()}
            seen[name] = (str(dataset.dtype), dataset.shape, dataset[:].tobytes(), attributes)
    return seen


def assert_made_again(made: Path, shipped: Path) -> None:
    assert contents(made) == contents(shipped)
    pinned = f"h5py=={h5py.__version__}" in (ROOT / "constraints.txt").read_text().splitlines()
    if not (pinned and sys.platform == "linux"):
        pytest.skip("The values are the same; the bytes are compared only with the pinned h5py on Linux.")
    assert made.read_bytes() == shipped.read_bytes()


def as_csv(weather: Weather) -> str:
    """The CSV that the weather was made from."""
    lines = ["date,precipitation,temp_max,temp_min,wind,weather"]
    for day, (row, kind) in enumerate(zip(weather.values.tolist(), weather.kinds.tolist(), strict=True)):
        when = f"{weather.start + timedelta(days=day):%Y/%m/%d}"
        lines.append(",".join([when, *(f"{value:.1f}" for value in row), weather.kind_names[kind]]))
    return "\n".join(lines) + "\n"


def network_card(folder: Path = DATA) -> dict:
    return torch.load(folder / "digits_net.pt", weights_only=True)


def share_right(net: torch.nn.Module, rows: torch.Tensor) -> float:
    images, labels = load_digits()
    with torch.no_grad():
        return float((net((images[rows] / 16).unsqueeze(1)).argmax(1) == labels[rows]).float().mean())


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone with data of its own to damage."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "data").mkdir()
    for name in [*SHIPPED, CHECKSUMS]:
        shutil.copy(DATA / name, tmp_path / "data" / name)
    monkeypatch.setenv("COURSE_ROOT", str(tmp_path))
    return tmp_path


# What is shipped


def test_every_data_file_is_listed_and_every_listed_file_is_there():
    assert {path.name for path in DATA.iterdir() if path.suffix in (".h5", ".pt")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_checksum_holds(name: str):
    assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == SHIPPED[name]


@pytest.mark.parametrize("name", SHIPPED)
def test_the_readme_tells_name_size_and_checksum(name: str):
    section = (DATA / "README.md").read_text(encoding="utf-8").partition(f"## `{name}`")[2].partition("\n## ")[0]
    assert f"| size | {(DATA / name).stat().st_size:,} bytes |" in section
    assert f"| SHA-256 | `{SHIPPED[name]}` |" in section


@pytest.mark.parametrize("name", [name for name in SHIPPED if name.endswith(".h5")])
def test_a_file_says_what_it_is_where_it_is_from_and_its_licence(name: str):
    with h5py.File(DATA / name, "r") as file:
        assert all(file.attrs[key] for key in ("title", "source", "licence"))
        assert all("units" in dataset.attrs for dataset in file.values())


def test_the_network_says_what_it_is_where_it_is_from_and_its_licence():
    assert all(network_card()[key] for key in ("title", "source", "licence", "input", "classes"))


def test_the_network_is_small_enough_to_come_with_every_clone():
    assert (DATA / "digits_net.pt").stat().st_size < 200_000


# Made again


def test_the_digits_are_made_again_byte_for_byte(tmp_path: Path):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed, and the digits come out of it.")
    done = generate("make_digits.py", "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    assert read_checksums(tmp_path / CHECKSUMS).keys() == {"digits.h5"}
    assert_made_again(tmp_path / "digits.h5", DATA / "digits.h5")


def test_the_weather_is_made_again_byte_for_byte(tmp_path: Path):
    source = tmp_path / "seattle-weather.csv"
    source.write_text(as_csv(load_weather()), encoding="utf-8", newline="\n")
    done = generate("make_weather.py", source, "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    assert_made_again(tmp_path / "weather.h5", DATA / "weather.h5")


@pytest.mark.long
def test_the_network_is_trained_again_to_the_same_quality(tmp_path: Path):
    done = generate("make_digits_net.py", "--to", tmp_path)
    assert done.returncode == 0, done.stderr
    made, shipped = network_card(tmp_path), network_card()
    assert made.keys() == shipped.keys()
    assert torch.equal(made["held_out"], shipped["held_out"])
    assert {name: w.shape for name, w in made["weights"].items()} == {n: w.shape for n, w in shipped["weights"].items()}
    assert made["held_out_accuracy"] > 0.97  # the bits depend on the processor: sums round otherwise


@pytest.mark.parametrize(
    ("find", "put", "line"),
    [("2012/01/03", "2012/01/04", 4), ("12.8,5.0", "12.8,50.0", 2), ("drizzle", "hail", 2), ("10.9", "wet", 3)],
    ids=["a day out of order", "colder by day than by night", "an unknown kind", "a word for a number"],
)
def test_a_changed_csv_is_refused_and_nothing_is_written(tmp_path: Path, find: str, put: str, line: int):
    source = tmp_path / "seattle-weather.csv"
    source.write_text(as_csv(load_weather()).replace(find, put, 1), encoding="utf-8", newline="\n")
    done = generate("make_weather.py", source, "--to", tmp_path)
    assert done.returncode == 2
    assert f"at line {line}:" in done.stderr and len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [source]


# Loaded


def test_the_digits_are_1797_images_of_8_by_8_bytes():
    images, labels = load_digits()
    assert (images.dtype, tuple(images.shape)) == (torch.uint8, (1797, 8, 8))
    assert (labels.dtype, tuple(labels.shape)) == (torch.int64, (1797,))


def test_the_ink_of_the_digits_runs_from_0_to_16():
    images, _ = load_digits()
    assert (int(images.min()), int(images.max())) == (0, 16)


def test_each_digit_occurs_about_equally_often():
    _, labels = load_digits()
    assert labels.bincount().tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_weather_has_every_day_of_four_years():
    weather = load_weather()
    assert (weather.values.dtype, tuple(weather.values.shape)) == (torch.float32, (1461, 4))
    assert weather.start == date(2012, 1, 1)
    assert weather.start + timedelta(days=len(weather.values) - 1) == date(2015, 12, 31)


def test_the_weather_names_its_columns_and_units():
    weather = load_weather()
    assert weather.columns == ("precipitation", "temp_max", "temp_min", "wind")
    assert weather.units == ("mm", "°C", "°C", "m/s")


def test_no_day_is_colder_at_its_warmest_than_at_its_coldest():
    _, warmest, coldest, _ = load_weather().values.unbind(1)
    assert bool((coldest <= warmest).all())


def test_the_weather_is_plausible_for_seattle():
    rain, warmest, coldest, wind = load_weather().values.unbind(1)
    assert float(rain.min()) == 0 and 50 < float(rain.max()) < 100
    assert 30 < float(warmest.max()) < 40 and -15 < float(coldest.min()) < 0
    assert 0 <= float(wind.min()) and float(wind.max()) < 20


def test_a_july_day_is_warmer_than_a_january_day():
    weather = load_weather()
    months = torch.tensor([(weather.start + timedelta(days=day)).month for day in range(len(weather.values))])
    warmest = weather.values[:, 1]
    assert float(warmest[months == 7].mean()) > float(warmest[months == 1].mean()) + 10


def test_the_kind_of_each_day_is_an_index_into_the_names():
    weather = load_weather()
    assert weather.kinds.dtype == torch.int64
    assert len(weather.kinds.bincount(minlength=5)) == len(weather.kind_names) == 5


def test_snow_falls_only_on_cold_days():
    weather = load_weather()
    snowy = weather.kinds == weather.kind_names.index("snow")
    assert float(weather.values[snowy, 2].max()) < 6


def test_two_loads_share_no_memory():
    first, _ = load_digits()
    first.zero_()
    assert int(load_digits()[0].max()) == 16


def test_the_network_knows_the_digits_0_to_4_that_it_never_saw():
    card = network_card()
    assert load_digits()[1][card["held_out"]].unique().tolist() == card["classes"] == [0, 1, 2, 3, 4]
    assert abs(share_right(load_digits_net(), card["held_out"]) - card["held_out_accuracy"]) < 0.012


def test_a_loaded_network_is_in_eval_mode_and_can_be_trained_on():
    net = load_digits_net()
    assert not any(module.training for module in net.modules())
    assert all(p.requires_grad for p in net.parameters())


def test_without_weights_the_network_is_the_recipe_with_other_numbers():
    recipe, trained = load_digits_net(weights=None), load_digits_net()
    assert recipe.state_dict().keys() == trained.state_dict().keys()
    assert not torch.equal(recipe.head.weight, trained.head.weight)


def test_two_loaded_networks_share_no_memory():
    first = load_digits_net()
    torch.nn.init.zeros_(first.head.weight)
    assert load_digits_net().head.weight.abs().sum() > 0


# Refused


def test_unknown_weights_are_answered_with_the_known_ones():
    with pytest.raises(CourseError, match="“IMAGENET”.*DEFAULT, or None"):
        load_digits_net("IMAGENET")


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(CourseError, match=r"“mnist\.h5”; it has: .*digits\.h5"):
        data_path("mnist.h5")


def test_a_missing_file_is_named_with_the_way_to_get_it(clone: Path):
    (clone / "data/digits.h5").unlink()
    with pytest.raises(CourseError, match=r"digits\.h5 is missing; .*git restore data/digits\.h5"):
        load_digits()


def test_a_missing_list_of_checksums_is_named(clone: Path):
    (clone / "data" / CHECKSUMS).unlink()
    with pytest.raises(CourseError, match=re.escape(CHECKSUMS)):
        load_digits()


def test_a_broken_list_of_checksums_is_named(clone: Path):
    (clone / "data" / CHECKSUMS).write_text("<<<<<<< ours is another version\n")
    with pytest.raises(CourseError, match="not a list of checksums"):
        load_digits()


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b[:99] + bytes([b[99] ^ 1]) + b[100:]])
def test_a_damaged_file_is_refused_even_after_it_was_found_whole(clone: Path, damage):
    load_digits()
    path = clone / "data/digits.h5"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CourseError, match=r"digits\.h5 is damaged"):
        load_digits()


def test_a_file_that_came_back_is_read_again(clone: Path):
    path = clone / "data/weather.h5"
    path.unlink()
    with pytest.raises(CourseError):
        load_weather()
    shutil.copy(DATA / "weather.h5", path)
    assert len(load_weather().values) == 1461
