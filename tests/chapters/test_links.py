"""Every link inside the course leads somewhere: between chapters, and from the documents."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest

from course_utils.course import find_course

COURSE = find_course()
CHAPTERS = {path.stem: path for path in sorted(COURSE.released.glob("*/*.ipynb"))}
DOCUMENTS = [COURSE.root / "README.md", *sorted((COURSE.root / "docs").glob("*.md"))]

CODE = re.compile(r"^(```|~~~).*?^\1|(`+)(?!`).+?(?<!`)\2(?!`)|<code>.*?</code>", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(\s*<?([^()\s>]+)|(?:href|src)=[\"']([^\"']+)[\"']")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)


def relative_links(markdown: str) -> list[str]:
    """The targets that are neither on the net nor in the same page; what stands in code is no link."""
    targets = ("".join(pair) for pair in LINK.findall(CODE.sub("", markdown)))
    return [t for t in targets if not urlsplit(t).scheme and not t.startswith("#")]


def markdown_of(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    cells = nbformat.read(path, as_version=4).cells
    return "\n\n".join(c.source for c in cells if c.cell_type == "markdown")


def anchors_of(path: Path) -> set[str]:
    """The names that JupyterLab gives to a page's headings."""
    shown = (re.sub(r"`|\*\*", "", title) for title in HEADING.findall(markdown_of(path)))
    return {title.replace(" ", "-") for title in shown}


def broken(page: Path, inside: Path) -> list[str]:
    """The links of a page that lead nowhere, or out of a folder."""
    wrong = []
    for link in relative_links(markdown_of(page)):
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve()
        if not target.exists():
            wrong.append(f"{link}: there is no such file")
        elif not target.is_relative_to(inside.resolve()):
            wrong.append(f"{link}: it leads out of {inside.name}")
        elif anchor and unquote(anchor) not in anchors_of(target):
            wrong.append(f"{link}: there is no such heading")
    return wrong


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_links_of_a_chapter_lead_to_chapters(chapter):
    # Learners work on copies in a folder of their own: only what lies beside a chapter there can be reached.
    page = CHAPTERS[chapter]
    assert broken(page, COURSE.released) == []
    others = {(page.parent / unquote(link.partition("#")[0])).resolve() for link in relative_links(markdown_of(page))}
    assert others <= {path.resolve() for path in CHAPTERS.values()}


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.name)
def test_the_links_of_a_document_lead_to_files(page):
    assert broken(page, COURSE.root) == []


@pytest.mark.parametrize(
    ("markdown", "links"),
    [
        ("see [chapter 01](../01_tensors/01_tensors.ipynb#Recap).", ["../01_tensors/01_tensors.ipynb#Recap"]),
        ("![a picture](images/graph.png) and <img src='a.png'>", ["images/graph.png", "a.png"]),
        ("[`x[0](y)`](here.md)", ["here.md"]),
        (
            "<code>layers[-1](x)</code>, `layers[0](x)` and\n```\n[a](b)\n```\n[on the net](https://pytorch.org) [here](#below)",
            [],
        ),
    ],
)
def test_links_are_found_and_code_is_left_alone(markdown, links):
    assert relative_links(markdown) == links


@pytest.mark.parametrize(
    ("link", "word"),
    [("gone.ipynb", "file"), ("b.md#Nowhere", "heading"), ("../out.md", "out"), ("b.md#2-·-What-x-is", None)],
)
def test_a_link_that_leads_nowhere_is_noticed(tmp_path, link, word):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "out.md").write_text("# Out", encoding="utf-8")
    (inside / "b.md").write_text("## 2 · What `x` is", encoding="utf-8")
    (inside / "a.md").write_text(f"[there]({link})", encoding="utf-8")
    wrong = broken(inside / "a.md", inside)
    assert wrong == [] if word is None else word in wrong[0].partition(": ")[2]
