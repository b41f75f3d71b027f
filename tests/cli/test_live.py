"""`ganbodypose live` from the outside."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from ganbodypose.cli import main

MakeVideo = Callable[..., Path]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ganbodypose", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return exit_.value.code or 0


@pytest.mark.usefixtures("fake_detector")
def test_json_is_one_object_on_standard_output_and_addresses_are_told(
    make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    video = make_video(frames=5, size_wh=(640, 480))
    code = _run(
        monkeypatch, "live", "--source", str(video), "--json", "--port", "0", "--to", "osc://127.0.0.1:9"
    )
    out, err = capfd.readouterr()
    assert code == 0
    summary = json.loads(out)
    assert (summary["frames"], summary["dropped"]) == (5, 0)
    assert [r["name"] for r in summary["receivers"]] == ["osc://127.0.0.1:9", "viewer"]
    assert "http://127.0.0.1:" in err


@pytest.mark.usefixtures("fake_detector")
def test_words_without_json(
    make_video: MakeVideo, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    video = make_video(frames=5, size_wh=(640, 480))
    assert _run(monkeypatch, "live", "--source", str(video), "--no-viewer") == 0
    assert capfd.readouterr().out.startswith("5 frames, ")


@pytest.mark.usefixtures("fake_detector")
def test_the_rate_of_what_carries_no_times_can_be_given(
    make_video: MakeVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    raw = tmp_path / "raw.h264"
    with av.open(str(make_video(frames=5, size_wh=(640, 480)))) as video, av.open(str(raw), "w") as target:
        stream = target.add_stream("libx264", rate=30, width=640, height=480)
        for frame in video.decode(video=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode())
    assert _run(monkeypatch, "live", "--source", str(raw), "--no-viewer") == 1
    assert "--fps" in capfd.readouterr().err
    assert _run(monkeypatch, "live", "--source", str(raw), "--no-viewer", "--fps", "30") == 0
    assert capfd.readouterr().out.startswith("5 frames, ")


def test_a_wrong_receiver_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "live", "--to", "smoke://signals", "--no-viewer") == 1
    err = capfd.readouterr().err
    assert err.startswith("error: 'smoke://signals' is no receiver")
    assert err.count("\n") == 1
