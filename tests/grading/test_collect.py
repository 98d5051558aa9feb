"""What an LMS hands out becomes nbgrader's layout, whoever packed it and whatever they packed into it."""

from __future__ import annotations

import io
import json
import os
import stat
import string
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import typer
from classroom import CHAPTER, Chapter04
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from autograder import unpacking
from autograder.choosing import find_submission
from autograder.collect import Collected, collect, read_names
from autograder.collect_command import collect_command
from autograder.demo import answered
from autograder.lms import owner_of, plain_owners, safe_id, safe_key, student_ids
from autograder.pattern import Pattern, pattern_of
from autograder.submitted import ORIGIN
from autograder.unpacking import Refused, files_in, shown
from course_utils.course import Chapter
from course_utils.errors import CourseError
from course_utils.notebooks import notebook_text

CHAPTER_04 = Chapter(CHAPTER)
NAME = f"{CHAPTER}.ipynb"


@pytest.fixture(scope="session")
def pattern(chapter: Chapter04) -> Pattern:
    return pattern_of(chapter.master, chapter.released)


@pytest.fixture(scope="session")
def work(chapter: Chapter04) -> Callable[[str], bytes]:
    """A notebook of the chapter with an answer that tells it from others."""

    def made(words: str) -> bytes:
        return notebook_text(answered(chapter.released, {"explain_index": words})).encode()

    return made


@pytest.fixture(scope="session")
def untouched(chapter: Chapter04) -> bytes:
    return notebook_text(chapter.released).encode()


OTHER = b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


class Gbk(zipfile.ZipInfo):
    """A name as Chinese Windows writes it: in GBK, without saying so."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def zipped(files: dict[str, bytes], kind: type = zipfile.ZipInfo, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip with these files; each is a minute newer than the one before."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for minute, (name, content) in enumerate(files.items()):
            info = kind(name, (2026, 3, 1, 12, minute % 60, 0))
            info.compress_type = method
            archive.writestr(info, content)
    return packed.getvalue()


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for age, (name, content) in enumerate(files.items()):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (1_700_000_000 + age * 60,) * 2)
    return folder


def written(into: Path) -> dict[str, bytes]:
    """The submissions in a folder, by student."""
    return {path.parts[-3]: path.read_bytes() for path in into.glob(f"*/{CHAPTER}/{NAME}")}


def everything(into: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p): (p.read_bytes(), p.stat().st_mtime_ns) for p in into.rglob("*") if p.is_file()}


@pytest.fixture
def class_of(tmp_path: Path, pattern: Pattern) -> Callable[..., tuple[dict[str, bytes], Collected]]:
    """Collect these files, as a folder or as a zip; the submissions that came of it, and what was said."""

    def made(files: dict[str, bytes] | bytes, as_zip: bool = False, **more) -> tuple[dict[str, bytes], Collected]:
        source = tmp_path / f"source{len(list(tmp_path.iterdir()))}"
        if isinstance(files, bytes) or as_zip:
            source = source.with_suffix(".zip")
            source.write_bytes(files if isinstance(files, bytes) else zipped(files))
        else:
            lay(source, files)
        result = collect(source, CHAPTER_04, tmp_path / "submitted", pattern, **more)
        return written(tmp_path / "submitted"), result

    return made


def why(collected: Collected) -> dict[str, str]:
    return {refused.file: refused.why for refused in collected.ignored}


def said(collected: Collected, student: str) -> tuple[str, ...]:
    (one,) = [taken for taken in collected.taken if taken.student == student]
    return one.said


# ---------------------------------------------------------------- layouts

LAYOUTS = {
    "moodle folders": (
        "Ada Lovelace_1234567_assignsubmission_file_/x.ipynb",
        "Bo Ek_7654321_assignsubmission_file_/y.ipynb",
    ),
    "moodle 4 folders": (
        "Ada Lovelace_1234567_assignsubmission_file/x.ipynb",
        "Bo Ek_7654321_assignsubmission_file/a/y.ipynb",
    ),
    "moodle flat": (
        "Ada Lovelace_1234567_assignsubmission_file_x.ipynb",
        "Bo Ek_7654321_assignsubmission_file_a_1.ipynb",
    ),
    "folders": ("Ada Lovelace/hello.ipynb", "Bo Ek/deep/down/work.ipynb"),
    "files": ("Ada Lovelace.ipynb", "Bo Ek.ipynb"),
    "files with the chapter": (f"Ada Lovelace_{NAME}", f"{CHAPTER} - Bo Ek.ipynb"),
    "nbgrader": (f"Ada Lovelace/{NAME.replace('.ipynb', '')}/{NAME}", f"Bo Ek/{CHAPTER}/{NAME}"),
    "nbgrader's folder": (f"submitted/Ada Lovelace/{CHAPTER}/{NAME}", f"submitted/Bo Ek/{CHAPTER}/other.ipynb"),
    "a folder around": ("group a/Ada Lovelace/work.ipynb", "group a/Bo Ek/work.ipynb"),
    "a folder of files": ("group a/Ada Lovelace.ipynb", "group a/Bo Ek.ipynb"),
}


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_understood(class_of, work, layout, as_zip):
    ada, bo = LAYOUTS[layout]
    found, collected = class_of({ada: work("ada"), bo: work("bo")}, as_zip)
    assert found == {"Ada_Lovelace": work("ada"), "Bo_Ek": work("bo")}
    assert [t.status for t in collected.taken] == ["new", "new"]
    assert collected.ignored == () and collected.said == ()


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_canvass_flat_files_keep_the_number_and_the_late_marker(class_of, work, as_zip):
    files = {
        "lovelaceada_12345_67890_04_scatter.ipynb": work("ada"),
        "ekbo_LATE_12346_67891_work-1.ipynb": work("bo"),
        "李小明_12347_67892_作业.ipynb": work("li"),
        "LATE_anon_x7Yz2_67893_work.ipynb": work("anon"),
    }
    found, collected = class_of(files, as_zip)
    assert found == {
        "lovelaceada_12345": work("ada"),
        "ekbo_12346": work("bo"),
        "李小明_12347": work("li"),
        "anon_x7Yz2": work("anon"),
    }
    assert {t.student for t in collected.taken if t.late} == {"ekbo_12346", "anon_x7Yz2"}
    assert said(collected, "ekbo_12346") == ("It is marked as late.",)


def test_blackboard_tells_the_time(class_of, work, tmp_path):
    files = {
        "Lab 4_ada_attempt_2026-03-01-15-30-10_work.ipynb": work("first"),
        "Lab 4_ada_attempt_2026-03-02-15-30-10_work.ipynb": work("second"),
        "Lab 4_ada_attempt_2026-03-02-15-30-10.txt": b"Name: Ada",
    }
    found, collected = class_of(files)
    assert found == {"ada": work("second")}
    assert (tmp_path / "submitted" / "ada" / CHAPTER / "timestamp.txt").read_text() == "2026-03-02 15:30:10.000000 UTC"
    assert collected.taken[0].time == datetime(2026, 3, 2, 15, 30, 10)


def test_nbgraders_own_time_is_kept_in_its_format(class_of, work, tmp_path):
    files = {
        f"ada/{CHAPTER}/{NAME}": work("a"),
        f"ada/{CHAPTER}/timestamp.txt": b"2026-02-02 15:58:23.948203 America/New_York",
    }
    class_of(files)
    from nbgrader.utils import parse_utc

    stamp = (tmp_path / "submitted" / "ada" / CHAPTER / "timestamp.txt").read_text()
    assert parse_utc(stamp) == parse_utc("2026-02-02 15:58:23.948203 America/New_York")


@pytest.mark.parametrize("stamp", [b"", b"soon", b"\xff\xfe", b"0001-01-01", b"9" * 90, b"2026-13-45"])
def test_a_time_that_is_none_is_left_out(class_of, work, tmp_path, stamp):
    found, _ = class_of({f"ada/{CHAPTER}/{NAME}": work("a"), f"ada/{CHAPTER}/timestamp.txt": stamp})
    assert list(found) == ["ada"]
    assert not (tmp_path / "submitted" / "ada" / CHAPTER / "timestamp.txt").exists()


def test_another_chapters_folder_is_left_out(class_of, work):
    found, collected = class_of({f"ada/{CHAPTER}/{NAME}": work("a"), "ada/01_tensors/01_tensors.ipynb": OTHER})
    assert found == {"ada": work("a")}
    assert why(collected) == {"ada/01_tensors/01_tensors.ipynb": "it is of another chapter, 01_tensors"}


def test_moodles_typed_text_and_other_files_are_left_out(class_of, work):
    files = {
        "Ada_1_assignsubmission_file_/x.ipynb": work("a"),
        "Ada_1_assignsubmission_file_/photo.png": b"png",
        "Ada_1_assignsubmission_onlinetext_/onlinetext.html": b"<p>",
        "Bo_2_assignsubmission_file_/report.pdf": b"pdf",
        "Cy_3_assignsubmission_file_/work.rar": b"Rar!",
        "grades.csv": b"",
        "__MACOSX/Ada_1_assignsubmission_file_/._x.ipynb": b"junk",
        "Ada_1_assignsubmission_file_/.ipynb_checkpoints/x-checkpoint.ipynb": work("old"),
    }
    found, collected = class_of(files, as_zip=True)
    assert found == {"Ada": work("a")}
    assert [(t.student, t.status) for t in collected.taken] == [("Ada", "new"), ("Bo", "nothing"), ("Cy", "nothing")]
    assert why(collected) == {
        "Ada_1_assignsubmission_file_/photo.png": "it is no notebook",
        "Ada_1_assignsubmission_onlinetext_/onlinetext.html": "it is text that was typed into Moodle",
        "Bo_2_assignsubmission_file_/report.pdf": "it is no notebook",
        "Cy_3_assignsubmission_file_/work.rar": "we do not unpack archives of this kind; make a zip of it",
        "grades.csv": "it is no notebook",
    }


def test_a_zip_for_each_student_is_unpacked(class_of, work):
    files = {
        "ada.zip": zipped({"some/folder/work.ipynb": work("ada")}),
        "group/bo.zip": zipped({"work.ipynb": work("bo"), "data.csv": b""}),
    }
    assert class_of({k: v for k, v in files.items() if "/" not in k} | {"bo.zip": files["group/bo.zip"]})[0] == {
        "ada": work("ada"),
        "bo": work("bo"),
    }


def test_zips_within_an_lmss_zip_are_unpacked(class_of, work):
    files = {
        "Ada Lovelace_1_assignsubmission_file_/my work.zip": zipped({"a/x.ipynb": work("ada")}),
        "Bo Ek_2_assignsubmission_file_y.zip": zipped({"y.ipynb": work("bo")}),
        "chencai_33_4444_z.zip": zipped({"z.ipynb": work("cai")}),
    }
    assert class_of(files, as_zip=True)[0] == {
        "Ada_Lovelace": work("ada"),
        "Bo_Ek": work("bo"),
        "chencai_33": work("cai"),
    }


def test_a_folder_with_nothing_but_the_lmss_zip_is_that_zip(class_of, work):
    inner = zipped(
        {"Ada_1_assignsubmission_file_/x.ipynb": work("a"), "Bo_2_assignsubmission_file_/x.ipynb": work("b")}
    )
    assert class_of({"course-lab4-99.zip": inner})[0] == {"Ada": work("a"), "Bo": work("b")}


@pytest.mark.parametrize("kind", [zipfile.ZipInfo, Gbk], ids=["UTF-8", "GBK"])
def test_chinese_names_in_zips_are_read(class_of, work, kind):
    files = {
        "张伟_1234567_assignsubmission_file_/第四章 作业.ipynb": work("张"),
        "欧阳娜娜_7_assignsubmission_file_/作业.ipynb": work("欧"),
    }
    found, collected = class_of(zipped(files, kind))
    assert found == {"张伟": work("张"), "欧阳娜娜": work("欧")}
    assert {t.file for t in collected.taken} == set(files)


def test_a_renamed_notebook_counts(class_of, work):
    files = {
        "ada/作业 final (2).ipynb": work("a"),
        "bo/work.ipynb.txt": work("b"),
        "Cy_1_assignsubmission_file_/w.json": work("c"),
    }
    assert class_of(files)[0] == {"ada": work("a"), "bo": work("b"), "Cy": work("c")}


# ---------------------------------------------------------------- which one counts


def test_of_several_notebooks_the_one_of_the_chapter_counts(class_of, work):
    found, collected = class_of(
        {"ada/work.ipynb": work("a"), "ada/scratch.ipynb": OTHER, "ada/broken.ipynb": b"{", "bo/x.ipynb": work("b")}
    )
    assert found == {"ada": work("a"), "bo": work("b")}
    assert said(collected, "ada") == (f"Of 3 notebooks the one that looks like {CHAPTER} counts: work.ipynb.",)
    assert set(why(collected).values()) == {"another notebook of ada counts"}


def test_of_two_submissions_the_newest_counts(class_of, work):
    found, collected = class_of({"ada/a.ipynb": work("first"), "ada/b.ipynb": work("second"), "bo/x.ipynb": work("b")})
    assert found == {"ada": work("second"), "bo": work("b")}
    assert said(collected, "ada") == ("Of 2 notebooks of this chapter the newest counts: b.ipynb.",)


def test_canvass_file_numbers_tell_the_newest(class_of, work):
    files = {"adal_11_2000_work-1.ipynb": work("second"), "adal_11_1000_work.ipynb": work("first")}
    assert class_of(files)[0] == {"adal_11": work("second")}


def test_copies_that_a_browser_numbers_are_one_persons(class_of, work):
    files = {"ada (2).ipynb": work("third"), "ada (1).ipynb": work("second"), "ada.ipynb": work("first")}
    assert class_of(files)[0] == {"ada": work("third")}


def test_an_untouched_copy_does_not_count_before_one_that_was_worked_on(class_of, work, untouched):
    found, collected = class_of({f"ada/{CHAPTER}-Copy1.ipynb": work("a"), f"ada/{NAME}": untouched})
    assert found == {"ada": work("a")}
    assert said(collected, "ada")[0].startswith("Of 2 notebooks of this chapter the one that was worked on counts")


def test_what_cannot_be_read_is_collected_as_it_is(class_of):
    found, collected = class_of({"ada/work.ipynb": b"not a notebook", "bo/work.ipynb": OTHER})
    assert found == {"ada": b"not a notebook", "bo": OTHER}
    assert said(collected, "ada")[0].startswith("It cannot be read: This file is not a notebook")
    assert said(collected, "bo") == (f"It does not look like {CHAPTER}.",)


def test_no_more_of_one_person_is_read_than_anybody_hands_in(class_of, work, monkeypatch):
    monkeypatch.setattr("autograder.choosing.MOST_NOTEBOOKS", 3)
    found, collected = class_of({f"ada/{i}.ipynb": work("a") for i in range(5)} | {"bo/b.ipynb": work("b")})
    assert sorted(found) == ["ada", "bo"]
    assert list(why(collected).values()).count("this person handed in more than we look through") == 2


def test_a_number_in_a_plain_name_belongs_to_the_name(class_of, work):
    files = {"student-1.ipynb": work("one"), "student-2.ipynb": work("two"), "lab-10.ipynb": work("ten")}
    assert sorted(class_of(files)[0]) == ["lab-10", "student-1", "student-2"]


def test_a_submission_of_another_name_is_found_in_its_folder(work, untouched, pattern, tmp_path):
    folder = lay(tmp_path / CHAPTER, {"Untitled.ipynb": work("a"), "notes.ipynb": OTHER, "data.csv": b""})
    content, sentences = find_submission(folder, CHAPTER_04, pattern)
    assert content == work("a")
    assert sentences == (
        f"Your notebook was called Untitled.ipynb and not {NAME}.",
        f"Of 2 notebooks the one that looks like {CHAPTER} counts: Untitled.ipynb.",
    )
    lay(folder, {NAME: untouched})
    assert find_submission(folder, CHAPTER_04, pattern) == (untouched, ())


@pytest.mark.parametrize("files", [{}, {"a.pdf": b""}, {"b.zip": b"PK"}])
def test_a_folder_without_a_notebook_is_one_sentence(pattern, tmp_path, files):
    (tmp_path / CHAPTER).mkdir()
    with pytest.raises(CourseError, match=rf"There is no notebook in .*{CHAPTER}"):
        find_submission(lay(tmp_path / CHAPTER, files), CHAPTER_04, pattern)


# ---------------------------------------------------------------- collecting again


def test_collecting_again_changes_nothing(class_of, work, tmp_path):
    files = {"ada/a.ipynb": work("a"), "adal_LATE_11_2000_work.ipynb": work("b")}
    class_of(files)
    before = everything(tmp_path / "submitted")
    _, collected = class_of(files)
    assert [t.status for t in collected.taken] == ["unchanged", "unchanged"]
    assert everything(tmp_path / "submitted") == before


def test_a_different_submission_is_kept_beside(class_of, work, tmp_path):
    class_of({"ada/a.ipynb": work("first")})
    os.utime(tmp_path / "submitted" / "ada" / CHAPTER / NAME, (1_772_368_496,) * 2)
    found, collected = class_of({"ada/a.ipynb": work("second")})
    assert found == {"ada": work("second")}
    kept = tmp_path / "submitted" / "ada" / CHAPTER / f"{CHAPTER}.2026-03-01-123456.ipynb.old"
    assert kept.read_bytes() == work("first")
    assert said(collected, "ada") == (f"A different submission was there; it is kept as {kept.name}.",)
    os.utime(kept.with_name(NAME), (1_772_368_496,) * 2)
    class_of({"ada/a.ipynb": work("third")})
    assert len(list(kept.parent.glob("*.old"))) == 2


def test_an_older_download_does_not_take_a_newer_submissions_place(class_of, work):
    class_of({"adal_11_2000_work-1.ipynb": work("second")})
    found, collected = class_of({"adal_11_1000_work.ipynb": work("first")})
    assert found == {"adal_11": work("second")}
    assert [t.status for t in collected.taken] == ["older"]
    assert said(collected, "adal_11") == ("A newer submission is there already; that one stays.",)


def test_a_plain_name_with_a_smaller_number_is_not_taken_for_older(class_of, work):
    class_of({"ada (3).ipynb": work("first"), "bo.ipynb": work("bo")})
    assert class_of({"ada.ipynb": work("second"), "bo.ipynb": work("bo")})[0]["ada"] == work("second")


def test_a_submission_that_was_put_there_by_hand_is_kept(class_of, work, tmp_path):
    lay(tmp_path / "submitted", {f"ada/{CHAPTER}/{NAME}": b"by hand", f"ada/{CHAPTER}/{ORIGIN}": b"[]"})
    class_of({"ada/a.ipynb": work("a")})
    assert [p.read_bytes() for p in (tmp_path / "submitted").rglob("*.old")] == [b"by hand"]


def test_a_dry_run_says_it_all_and_writes_nothing(class_of, work, tmp_path):
    found, collected = class_of({"ada/a.ipynb": work("a")}, dry_run=True)
    assert found == {} and not (tmp_path / "submitted").exists()
    assert [(t.student, t.status) for t in collected.taken] == [("ada", "new")]


def test_it_is_noted_where_a_submission_came_from(class_of, work, tmp_path):
    class_of({"ekbo_LATE_12_6789_work.ipynb": work("a")})
    note = json.loads((tmp_path / "submitted" / "ekbo_12" / CHAPTER / ORIGIN).read_text())
    assert (note["person"], note["number"], note["late"]) == ("ekbo", "12", True)
    assert note["said"] == ["It is marked as late."]


# ---------------------------------------------------------------- people


def test_two_people_of_one_name_are_kept_apart(class_of, work):
    files = {
        "Li Wei_11_assignsubmission_file_/a.ipynb": work("one"),
        "Li Wei_22_assignsubmission_file_/a.ipynb": work("two"),
    }
    found, collected = class_of(files)
    assert found == {"Li_Wei-11": work("one"), "Li_Wei-22": work("two")}
    assert collected.said == ("2 people would have had one folder; now they have Li_Wei-11, Li_Wei-22.",)


def test_two_people_of_one_name_are_kept_apart_even_if_one_comes_later(class_of, work):
    class_of({"Li Wei_11_assignsubmission_file_/a.ipynb": work("one")})
    for _ in range(2):
        found, collected = class_of({"Li Wei_22_assignsubmission_file_/a.ipynb": work("two")})
        assert found == {"Li_Wei": work("one"), "Li_Wei-22": work("two")}
        assert said(collected, "Li_Wei-22") == ("The folder Li_Wei is that of number 11; this one is Li_Wei-22.",)


def test_anonymous_participants_go_by_their_numbers(class_of, work):
    files = {f"Participant_{n}_assignsubmission_file_/a.ipynb": work(str(n)) for n in (5, 6)}
    found, collected = class_of(files)
    assert sorted(found) == ["Participant_5", "Participant_6"] and collected.said == ()


def test_names_that_differ_in_capitals_only_are_kept_apart(class_of, work):
    found, collected = class_of({"Ada.ipynb": work("one"), "ada.ipynb": work("two")}, as_zip=True)
    assert sorted(found.values()) == sorted([work("one"), work("two")])
    assert len({safe_key(student) for student in found}) == 2
    found, collected = class_of({"Bo/x.ipynb": work("bo"), "Cy/x.ipynb": work("cy")})
    found, collected = class_of({"bo/x.ipynb": work("another"), "Cy/x.ipynb": work("cy")})
    assert found["Bo"] == work("bo") and work("another") in found.values()
    assert any("The folder bo is that of “Bo”" in sentence for t in collected.taken for sentence in t.said)


def test_a_table_of_names_says_who_is_who(class_of, work, tmp_path):
    table = tmp_path / "names.csv"
    table.write_text("\ufeffstudent,moodle,full name\nalovelace,11,Ada Lovelace\nbek,,Bo Ek\n,,\n", encoding="utf-8")
    files = {"X_11_assignsubmission_file_/a.ipynb": work("ada"), "bo ek_9_assignsubmission_file_/a.ipynb": work("bo")}
    assert class_of(files, names=read_names(table))[0] == {"alovelace": work("ada"), "bek": work("bo")}


@pytest.mark.parametrize(
    "content, words", [("a,b\n1,2\n", "has no column “student”"), (b"\xff\xfe\x00", "Cannot read")]
)
def test_a_table_that_is_none_is_one_sentence(tmp_path, content, words):
    path = tmp_path / "names.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CourseError, match=words):
        read_names(path)


@given(st.text(max_size=400))
@example("..")
@example("../../etc/passwd")
@example("CON")
@example("a/b\\c\x00\x1b[31m\u202e")
@example("名" * 400)
@example("-rf")
@example("+a*?[b]")
def test_every_name_becomes_a_safe_folder(name):
    made = safe_id(name)
    assert made == safe_id(made)
    assert 0 < len(made.encode()) < 250
    assert not made.startswith((".", "-")) and ".." not in made
    assert not set(made) & set('/\\:*?"<>|+[]()\x00\n ') and made.isprintable()


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=12, unique=True))
def test_no_two_people_ever_share_a_folder(names):
    owners = [owner_of((f"{n}_{i}_assignsubmission_file_", "x.ipynb")) for i, n in enumerate(names)]
    owners += list(plain_owners([(n, "x.ipynb") for n in names], CHAPTER_04).values())
    owners = [owner for owner in owners if owner and owner.name]
    ids, _ = student_ids(owners, {})
    assert len({safe_key(one) for one in ids.values()}) == len({owner.person for owner in owners})


# ---------------------------------------------------------------- hostile


def entry(name: str, content: bytes = b"{}", mode: int = 0, **attributes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = mode << 16
        for key, value in attributes.items():
            setattr(info, key, value)
        archive.writestr(info, content)
    return packed.getvalue()


HOSTILE = {
    "up": (entry("../../../x.ipynb"), "its path leaves the folder"),
    "up by backslash": (entry("..\\..\\x.ipynb"), "its path leaves the folder"),
    "up within": (entry("a/../../x.ipynb"), "its path leaves the folder"),
    "absolute": (entry("/etc/x.ipynb"), "its path is absolute"),
    "drive": (entry("C:\\x.ipynb"), "its path is absolute"),
    "share": (entry("\\\\host\\x.ipynb"), "its path is absolute"),
    "link": (entry("x.ipynb", b"/etc/passwd", stat.S_IFLNK | 0o777), "it is a link"),
    "device": (entry("x.ipynb", b"", stat.S_IFCHR | 0o666), "it is no plain file"),
    "pipe": (entry("x.ipynb", b"", stat.S_IFIFO | 0o666), "it is no plain file"),
    "bomb": (entry("x.ipynb", b" " * 15_000_000), "it is packed more tightly than any notebook (a zip bomb?)"),
    "too large": (zipped({"x.ipynb": os.urandom(21_000_000)}, method=zipfile.ZIP_STORED), "it has more than 20 MB"),
    "deep": (entry("a/" * 30 + "x.ipynb"), "it lies too deep"),
    "endless": (entry("a" * 5000 + ".ipynb"), "its path is too long"),
    "zip in zip in zip": (
        zipped({"a.zip": zipped({"b.zip": zipped({"x.ipynb": b"{}"})})}),
        "it is a zip in a zip in a zip",
    ),
    "no zip": (b"PK\x03\x04 and no more", "it is not a zip that can be read (File is not a zip file)"),
    "empty": (b"", "it is not a zip that can be read (File is not a zip file)"),
    "lzma": (zipped({"x.ipynb": b"{}"}, method=zipfile.ZIP_LZMA), "it is packed in a way that we do not read"),
    "crowd": (zipped({f"{i}.ipynb": b"" for i in range(2_001)}), "it holds more than 2,000 files"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_zip_costs_only_its_own_submission(class_of, work, tmp_path, name):
    content, reason = HOSTILE[name]
    before = set(tmp_path.parent.iterdir())
    found, collected = class_of({"ada.zip": content, "bo.ipynb": work("bo")})
    assert found == {"bo": work("bo")}
    assert reason in why(collected).values()
    assert set(tmp_path.parent.iterdir()) == before


def test_a_zip_that_lies_about_a_size_is_not_believed(class_of, work):
    honest = entry("x.ipynb", b"x" * 5_000)
    size = (5_000).to_bytes(4, "little")
    found, collected = class_of({"ada.zip": honest.replace(size, (500).to_bytes(4, "little")), "bo.ipynb": work("bo")})
    assert found == {"bo": work("bo")}
    assert why(collected)["ada.zip/x.ipynb"].startswith("it cannot be read (Bad CRC-32")


def test_a_locked_zip_is_said(class_of, work):
    content = bytearray(entry("x.ipynb"))
    for start in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[start] |= 1
    found, collected = class_of({"ada.zip": bytes(content), "bo.ipynb": work("bo")})
    assert why(collected) == {"ada.zip/x.ipynb": "it is locked with a password"}


@settings(max_examples=60, deadline=None)
@given(
    cuts=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=8), end=st.integers(1, 400)
)
def test_no_damage_to_a_zip_raises(tmp_path_factory, cuts, end):
    content = bytearray(zipped({"a.ipynb": b"{}" * 9, "b/c.ipynb": b"{}", "ü.zip": zipped({"d.ipynb": b"{}"})}))
    for place, byte in cuts:
        content[place % len(content)] = byte
    folder = lay(
        tmp_path_factory.mktemp("zips"), {"x.zip": bytes(content[:end]), "y.zip": bytes(content), "z.ipynb": b"{}"}
    )
    refused: list[Refused] = []
    with files_in(folder, refused) as files:
        for file in files:
            try:
                file.read()
            except CourseError:
                pass
        assert ("z.ipynb",) in {file.parts for file in files}


def test_links_and_special_files_in_a_folder_are_left_alone(class_of, work, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(work("secret"))
    source = lay(tmp_path / "class", {"ada/a.ipynb": work("a")})
    (source / "bo").mkdir()
    (source / "bo" / "b.ipynb").symlink_to(secret)
    (source / "cy").symlink_to(tmp_path)
    os.mkfifo(source / "bo" / "pipe.ipynb")
    refused: list[Refused] = []
    with files_in(source, refused) as files:
        assert [file.parts for file in files] == [("ada", "a.ipynb")]
    assert {(r.file, r.why) for r in refused} == {
        ("bo/b.ipynb", "it is a link"),
        ("bo/pipe.ipynb", "it is no plain file"),
        ("cy", "it is a link"),
    }


def test_a_file_that_becomes_a_link_is_not_followed(tmp_path, work):
    source = lay(tmp_path / "class", {"ada/a.ipynb": work("a")})
    (tmp_path / "secret").write_bytes(b"secret")
    with files_in(source, []) as files:
        (source / "ada" / "a.ipynb").unlink()
        (source / "ada" / "a.ipynb").symlink_to(tmp_path / "secret")
        with pytest.raises(CourseError, match="it cannot be read"):
            files[0].read()


@pytest.mark.parametrize(
    "inside",
    ["bo/x.ipynb", f"bo/{CHAPTER}/{NAME}", "Bo_2_assignsubmission_file_/x.ipynb", "bobo_22_3333_x.ipynb", "bo.ipynb"],
)
def test_what_stands_in_a_students_zip_cannot_make_it_another_students(class_of, work, inside):
    found, _ = class_of({"ada.zip": zipped({inside: work("forged")}), "bo.ipynb": work("bo")})
    assert found == {"ada": work("forged"), "bo": work("bo")}


def test_a_student_cannot_set_the_time_of_a_submission(class_of, work, tmp_path):
    forged = {
        f"{CHAPTER}/{NAME}": work("a"),
        f"{CHAPTER}/timestamp.txt": b"2000-01-01 00:00:00 UTC",
        "timestamp.txt": b"2000-01-01",
    }
    class_of({"ada.zip": zipped(forged), "bo.ipynb": work("bo")})
    class_of({f"Cy_1_assignsubmission_file_/{name}": content for name, content in forged.items()})
    assert list((tmp_path / "submitted").rglob("timestamp.txt")) == []


@pytest.mark.parametrize("name", ["\x1b[31mred\x07", "x" * 300, "..", "\u202egnp", "a\nb", "%00", "[bold]markup[/]"])
def test_hostile_names_are_harmless(class_of, work, tmp_path, name):
    found, collected = class_of(
        zipped({f"{name}_1_assignsubmission_file_/{name}.ipynb": work("a"), "bo.ipynb": work("b")})
    )
    assert set(found.values()) >= {work("b")}
    assert all(path.is_relative_to(tmp_path / "submitted") for path in (tmp_path / "submitted").rglob("*"))
    for text in [t.person for t in collected.taken] + [t.file for t in collected.taken] + list(why(collected)):
        assert len(text) <= unpacking.SHOWN + 1
        assert set(text) - set(string.printable) <= set("\ufffd…") and not set(text) & set("\x1b\x07\n\u202e")


def test_a_folder_in_submitted_that_leads_elsewhere_is_not_written_through(class_of, work, tmp_path):
    (tmp_path / "submitted").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "submitted" / "ada").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CourseError, match="is a link to somewhere else"):
        class_of({"ada/a.ipynb": work("a")})
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_class_larger_than_any_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MOST_FILES", 3)
    files = {f"{i}.ipynb": b"" for i in range(5)}
    (tmp_path / "x.zip").write_bytes(zipped(files))
    for source in (lay(tmp_path / "x", files), tmp_path / "x.zip"):
        with pytest.raises(CourseError, match="holds more than 3 files"), files_in(source, []):
            pass


@pytest.mark.parametrize("make", ["nothing", "text", "folder without anything"])
def test_a_source_that_is_none_is_one_sentence(class_of, tmp_path, pattern, make):
    source = tmp_path / "x.zip"
    if make == "text":
        source.write_text("hello")
    elif make == "nothing":
        pass
    else:
        source.mkdir()
        assert collect(source, CHAPTER_04, tmp_path / "s", pattern) == Collected((), ())
        return
    with pytest.raises(CourseError, match=r"x\.zip.*\.$"):
        collect(source, CHAPTER_04, tmp_path / "s", pattern)


def test_shown_names_have_only_what_can_be_seen():
    assert shown("a\x1b[31mb\u202e张é") == "a\ufffd[31mb\ufffd张é"


# ---------------------------------------------------------------- the command


def run(monkeypatch, chapter: Chapter04, *words: str):
    app = typer.Typer()
    app.command()(collect_command)
    monkeypatch.setenv("COURSE_ROOT", str(chapter.course.root))
    monkeypatch.setenv("COLUMNS", "100")
    return CliRunner().invoke(app, list(words))


def test_the_command_tells_the_chapter_and_prints_a_table(monkeypatch, chapter, work, tmp_path):
    source = lay(tmp_path / "class", {"ada/a.ipynb": work("a"), "[red]bo/b.ipynb": b"{", "cy/notes.pdf": b""})
    result = run(monkeypatch, chapter, str(source), "--into", str(tmp_path / "in"), "--dry-run")
    assert result.exit_code == 0, result.output
    assert CHAPTER in result.output and "b.ipynb" in result.output and "cy/notes.pdf" in result.output
    assert "Would be: 2 collected" in result.output
    assert not (tmp_path / "in").exists()


def test_the_command_collects_into_nbgraders_folder(monkeypatch, chapter, work, tmp_path):
    source = lay(tmp_path / "class", {"ada/a.ipynb": work("a")})
    result = run(monkeypatch, chapter, str(source), "--chapter", "4", "--into", str(tmp_path / "in"))
    assert result.exit_code == 0, result.output
    assert written(tmp_path / "in") == {"ada": work("a")}


def test_the_command_says_when_nothing_is_a_chapter(monkeypatch, chapter, tmp_path):
    source = lay(tmp_path / "class", {"ada/a.ipynb": OTHER})
    result = run(monkeypatch, chapter, str(source))
    assert isinstance(result.exception, CourseError)
    assert str(result.exception).endswith("looks like a chapter; say which one it is with --chapter.")


def test_nbgrader_finds_what_was_collected(chapter, pattern, work, tmp_path):
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    names = ("张伟", "O'Neil, J. (Jr.)", "a+b@c.org", "-rf *")
    source = lay(tmp_path / "class", {f"{n}_{i}_assignsubmission_file_/x.ipynb": work(n) for i, n in enumerate(names)})
    collect(source, CHAPTER_04, tmp_path / "course" / "submitted", pattern)
    api = NbGraderAPI(config=Config({"CourseDirectory": {"root": str(tmp_path / "course")}}))
    assert api.get_submitted_students(CHAPTER) == {"张伟", "O_Neil_J._Jr", "a_b@c.org", "rf"}
