"""Where a video can be entered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av

from ganbodypose.io.sources.key_frames import KeyFrames, key_frames
from ganbodypose.io.video import open_video


def test_times_are_those_of_the_pictures(make_video: Callable[..., Path]) -> None:
    video = make_video(frames=100, key_every=30)
    found = key_frames(video)
    with open_video(video) as pictures:
        times_s = [picture.time_s for picture in pictures]
    with av.open(str(video)) as container:
        keys = [k for k, picture in enumerate(container.decode(video=0)) if picture.key_frame]
    assert found.times_s == tuple(times_s[k] for k in keys)
    assert len(keys) >= 4
    assert found.last_s == times_s[-1]


def test_a_section_from_a_key_frame_begins_with_it(make_video: Callable[..., Path]) -> None:
    video = make_video(frames=100, key_every=30)
    for time_s in key_frames(video).times_s:
        with open_video(video, time_s) as pictures:
            first = next(pictures)
        assert (first.time_s, first.index) == (time_s, round(time_s * 30))


def test_what_cannot_be_entered_has_none(tmp_path: Path) -> None:
    raw, text = tmp_path / "raw.h264", tmp_path / "text.mp4"
    with av.open(str(raw), "w", format="h264") as target:
        stream = target.add_stream("libx264", rate=30, options={"x264-params": "keyint=5"})
        stream.width, stream.height = 64, 48
        for _ in range(20):
            target.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        target.mux(stream.encode())
    text.write_text("no video")
    assert key_frames(raw) == key_frames(text) == key_frames(tmp_path / "missing.mp4") == KeyFrames()


def test_recordings_strung_together_are_not_entered(make_video: Callable[..., Path], tmp_path: Path) -> None:
    """Their clock starts anew, so that a time alone does not say where to go."""
    video, once, twice = make_video(frames=90, key_every=15), tmp_path / "once.ts", tmp_path / "twice.ts"
    with av.open(str(video)) as source, av.open(str(once), "w", format="mpegts") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    twice.write_bytes(once.read_bytes() * 2)
    assert len(key_frames(once).times_s) >= 6
    assert key_frames(twice) == KeyFrames()


def test_a_file_that_breaks_off_is_known_up_to_there(make_video: Callable[..., Path], tmp_path: Path) -> None:
    whole, cut = make_video(frames=120, key_every=30, index_first=True), tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.9)])
    assert 0 < key_frames(cut).last_s <= key_frames(whole).last_s
