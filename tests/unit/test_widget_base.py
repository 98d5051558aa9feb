"""The base of all widgets: three lives from one source, and an asset that is never older than its sources."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest
from ipywidgets import Widget

from course_utils.errors import CourseError
from course_utils.widgets import CourseWidget, engine
from course_utils.widgets.page import page

WEB = Path(engine.__file__).parent / "web"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><title>t</title></svg>'
HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(2)">\u2028'


def widget(**data: object) -> CourseWidget:
    return CourseWidget("broadcast", {"name": "one", **data}, svg=SVG, text="in words")


def sources() -> list[str]:
    inside = [path.relative_to(WEB).as_posix() for path in (WEB / "src").rglob("*") if path.is_file()]
    return ["build.mjs", "package.json", "package-lock.json", *sorted(inside)]


def test_the_built_engine_is_made_from_the_present_sources():
    digest = sha256()
    for path in sources():
        text = (WEB / path).read_text(encoding="utf-8").replace("\r\n", "\n")
        digest.update(f"{path}\0{text}\0".encode())
    assert engine.digest() == digest.hexdigest(), "run `npm ci && npm run build` in src/course_utils/widgets/web"


@pytest.mark.long
def test_building_the_engine_again_gives_the_same_bytes(tmp_path):
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("CI must have Node, so that the engine is built for once from its sources.")
        pytest.skip("npm is not installed; the digest is tested without it.")
    copy = tmp_path / "widgets" / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy.parent / "static").mkdir()
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "check"], ["npm", "run", "build"]):
        done = subprocess.run(command, cwd=copy, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    assert (copy.parent / "static" / "engine.js").read_bytes() == engine.ASSET.read_bytes()


def test_the_lock_file_names_no_registry():
    assert "http" not in (WEB / "package-lock.json").read_text(encoding="utf-8")


def test_the_output_holds_the_widget_the_still_picture_and_the_words():
    content, _ = widget()._repr_mimebundle_()
    assert set(content) == {"application/vnd.jupyter.widget-view+json", "image/svg+xml", "text/plain"}
    assert content["image/svg+xml"] == SVG
    assert content["text/plain"] == "in words"


def test_all_widgets_share_one_engine():
    assert widget().engine is widget().engine


def test_a_closed_engine_is_made_again():
    before = widget().engine
    Widget.close_all()
    assert widget().engine is not before


def test_a_widget_carries_its_data_and_not_the_engine():
    assert len(json.dumps(widget().get_state(), default=str)) < 4000


def test_a_page_asks_for_nothing():
    made = widget().to_html()
    outside = set(re.findall(r"https?://[^\s\"'`]+", made)) - {"http://www.w3.org/2000/svg"}
    assert not outside
    assert "default-src 'none'" in made


def test_hostile_names_stay_data_in_a_page():
    made = page("broadcast", {"name": HOSTILE}, HOSTILE, HOSTILE)
    assert made.count("</script>") == 2
    assert "<img" not in made
    assert "</script><script>" not in made
    inside = made.split('id="what">')[1].split("</script>")[0]
    assert json.loads(inside)["data"]["name"] == HOSTILE


def test_a_page_is_written_whole(tmp_path):
    path = tmp_path / "new" / "one.html"
    assert widget().to_html(path) == path.read_text(encoding="utf-8")
    assert [p.name for p in path.parent.iterdir()] == ["one.html"]


def test_a_page_that_cannot_be_written_is_said_in_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CourseError, match="Cannot write"):
        widget().to_html(tmp_path / "file" / "one.html")


def test_numbers_that_json_lacks_are_refused_before_a_page_is_made():
    with pytest.raises(ValueError, match="JSON"):
        widget(x=float("nan")).to_html()


def test_the_still_picture_is_xml():
    ElementTree.fromstring(widget().to_svg())
