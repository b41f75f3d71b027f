import json
import os
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.report.html import _safe_json, write_report
from ganbodypose.report.payload import unpack

VOID = {"meta", "link", "input", "br", "hr", "img"}


class Page(HTMLParser):
    """Checks that elements nest; keeps the text of each, by tag, and every attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.text: dict[str, str] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.text[tag] = self.text.get(tag, "") + data

    def values(self, name: str) -> list[str | None]:
        return [value for key, value in self.attributes if key == name]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., tuple[Page, str]]:
    def write(sequence: PoseSequence, *args: object) -> tuple[Page, str]:
        html = write_report(tmp_path / "report.html", sequence, *args).read_text(encoding="utf-8")
        return Page(html), html

    return write


def embedded(html: str) -> dict:
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    assert match
    return json.loads(match[1])


def test_page_is_whole_and_loads_nothing(write: Callable, make_sequence: Callable, tmp_path: Path) -> None:
    page, html = write(make_sequence([(f, 1 + f % 2) for f in range(40)]))
    assert page.tags.count("main") == page.tags.count("h1") == 1
    assert not {"img", "iframe", "video"} & set(page.tags)
    assert all(not (v or "").startswith(("http", "//")) for v in page.values("src") + page.values("href"))
    assert "$" not in html.split("<script")[0]  # every placeholder was filled
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_ids_are_unique_and_references_lead_somewhere(write: Callable, make_sequence: Callable) -> None:
    page, html = write(make_sequence([(f, 1) for f in range(5)]), ["A note."])
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    used = re.findall(r'byId\("([\w-]+)"\)', html)
    assert used
    assert {*used, *page.values("aria-labelledby"), *page.values("aria-describedby")} <= set(ids)


def test_embedded_data_round_trip(write: Callable, make_sequence: Callable) -> None:
    sequence = make_sequence([(f, 7) for f in range(30)])
    sequence.joints_3d_m[:] += np.random.default_rng(0).normal(0, 0.2, sequence.joints_3d_m.shape)
    person = embedded(write(sequence)[1])["people"][0]
    joints = unpack(person["jointsMm"], 1000).reshape(30, 17, 3)
    np.testing.assert_allclose(joints, sequence.joints_3d_m, atol=0.00051)
    assert person["id"] == 7


def test_summary_numbers(write: Callable, make_sequence: Callable) -> None:
    sequence = make_sequence([(f, 1) for f in range(50)] + [(f, 2) for f in range(25)])
    sequence.expected_error_m[:50, 1] = np.linspace(0, 0.1, 50)
    meta = {"camera_assumed": True, "timing": {"frames": 1234}}
    text = write(replace(sequence, meta=meta))[0].text
    for words in ("People2", "Duration2s", "Frames50of 1,234", "Frame rate25fps", "Pose quality80%"):
        assert words in text["dl"]
    assert "Expected error100mm" in text["dl"]
    assert "Camera65°assumed" in text["dl"]  # 2 atan(320 / 500)
    assert "Right hip5090" in text["table"]  # median and 90th percentile of the first person


def test_range_of_motion(write: Callable, make_sequence: Callable) -> None:
    assert "Knee flexion0° to 0°0° to 0°" in write(make_sequence([(0, 1), (1, 1)]))[0].text["table"]


def test_strings_from_outside_are_escaped(write: Callable, make_sequence: Callable) -> None:
    evil = '</script><script>alert(1)</script><img src=x onerror="x">&amp;'
    meta = {"source": {"name": evil.replace("/", "\\")}, evil: {"deep": [evil, evil]}}
    sequence = make_sequence([(0, 1)], meta=meta)
    page, _ = write(sequence, [evil])
    quiet, _ = write(make_sequence([(0, 1)], meta={"source": {"name": "x"}, "y": {"deep": "z"}}), ["w"])
    assert page.tags == quiet.tags
    assert evil in page.text["li"]
    assert evil in page.text["details"]
    assert page.text["h1"] == evil.replace("/", "\\")
    titled, _ = write(sequence, [], evil)
    assert titled.text["h1"] == titled.text["title"] == evil


def test_json_cannot_end_its_element() -> None:
    evil = {"</script>": "<!-- ]]> &lt;"}
    text = "".join(_safe_json(evil))
    assert not set("<>&") & set(text)
    assert json.loads(text) == evil


def test_title(write: Callable, make_sequence: Callable) -> None:
    sequence = make_sequence([(0, 1)], meta={"source": {"name": "squat.mp4"}})
    assert write(sequence)[0].text["h1"] == "squat.mp4"
    page, _ = write(sequence, [], "Monday's training")
    assert page.text["h1"] == "Monday's training"
    assert "squat.mp4" in page.text["header"]
    assert write(make_sequence([(0, 1)]))[0].text["h1"] == "Motion report"


def test_warnings_are_on_the_page(write: Callable, make_sequence: Callable) -> None:
    words = "Camera intrinsics assumed: 55 degrees."
    assert words in write(make_sequence([(0, 1)]), [words])[0].text["aside"]
    assert "aside" not in write(make_sequence([(0, 1)]))[0].tags


def test_nobody_seen(write: Callable, make_sequence: Callable) -> None:
    page, html = write(make_sequence([], fps=float("nan")))
    assert "Nobody was seen" in page.text["section"]
    assert embedded(html)["people"] == []
    assert "People0" in page.text["dl"]
    assert "canvas" not in page.tags


@pytest.mark.parametrize("rows", [[(3, 1)], [(3, 1), (3, 2)]])
def test_one_frame(write: Callable, make_sequence: Callable, rows: list[tuple[int, int]]) -> None:
    page, html = write(make_sequence(rows))
    assert len(embedded(html)["people"]) == len(rows)
    assert "Frames1" in page.text["dl"]


def test_rows_without_any_number(write: Callable, make_sequence: Callable) -> None:
    sequence = make_sequence([(0, 1), (1, 1)], fps=float("nan"))
    gaps = {
        name: np.full_like(getattr(sequence, name), np.nan)
        for name in ("joints_3d_m", "root_camera_m", "expected_error_m", "pose_quality", "bbox_px")
    }
    page, html = write(replace(sequence, **gaps))
    assert "Expected error–" in page.text["dl"]
    assert "Frame rate–" in page.text["dl"]
    assert "nan" not in page.text["main"].lower()
    assert np.isnan(unpack(embedded(html)["people"][0]["jointsMm"], 1)).all()


def test_lists_the_files_that_are_there(write: Callable, make_sequence: Callable, tmp_path: Path) -> None:
    assert "overlay.mp4" not in write(make_sequence([(0, 1)]))[0].values("href")
    (tmp_path / "overlay.mp4").touch()
    assert "overlay.mp4" in write(make_sequence([(0, 1)]))[0].values("href")


def test_twenty_minutes_are_small_in_file_and_memory(make_sequence: Callable, tmp_path: Path) -> None:
    sequence = make_sequence([(f, 1) for f in range(36_000)])
    path = tmp_path / "report.html"
    tracemalloc.start()
    try:
        write_report(path, sequence, [])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20e6
    assert path.stat().st_size < 5e6
    html = path.read_text(encoding="utf-8")
    assert "every 3rd frame" in Page(html).text["main"]
    assert embedded(html)["people"][0]["rows"] == 12_000


def test_people_left_out_are_mentioned(write: Callable, make_sequence: Callable) -> None:
    page, _ = write(make_sequence([(f, i) for i in range(10) for f in range(i + 1)]))
    assert "2 more people" in page.text["aside"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_unwritable_folder(make_sequence: Callable, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UserError, match="cannot be written"):
        write_report(tmp_path / "report.html", make_sequence([(0, 1)]))


def test_missing_folder(make_sequence: Callable, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write_report(tmp_path / "missing" / "report.html", make_sequence([(0, 1)]))
    assert not list(tmp_path.iterdir())
