"""overlay.mp4: the video with each 2D skeleton coloured by expected error, beside a 3D view."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from ganbodypose.core import Camera, FrameResult, PersonResult, VideoFrame
from ganbodypose.io.video_writer import VideoWriter
from ganbodypose.report import drawing
from ganbodypose.report.colors import ERROR_SCALE_MM, error_scale, person_color
from ganbodypose.report.skeleton2d import draw_skeleton
from ganbodypose.report.view3d import BodyView

_MAX_VIDEO_WH = (960, 720)
_MIN_HEIGHT = 360
_MIN_VIDEO_WIDTH = 200
_SEPARATOR_RGB = (44, 50, 64)
_PEOPLE_IN_3D = 3
_HOLD_S = 1.0  # how long an absent main person keeps the 3D view


@dataclass(frozen=True)
class Layout:
    """Where things go, in pixels of the composed picture; the video keeps its shape and is never cut."""

    video_wh: tuple[int, int]
    panel_wh: tuple[int, int]
    scale_xy: tuple[float, float]  # video panel pixels per pixel of the source, after any crop to `crop_wh`
    offset_xy: tuple[int, int]  # where the video's corner lies
    crop_wh: tuple[int, int]
    shrink: int  # whole-number part of the reduction, done by area averaging
    fit_wh: tuple[int, int]

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.video_wh[0] + self.panel_wh[0], self.video_wh[1]

    @classmethod
    def of(cls, size_wh: tuple[int, int]) -> Layout:
        """Large videos shrink to 960x720 at most, small ones grow until they are 360 high or 960 wide."""
        width, height = size_wh
        fit = min(_MAX_VIDEO_WH[0] / width, _MAX_VIDEO_WH[1] / height)
        scale = fit if fit < 1 else min(fit, max(1.0, _MIN_HEIGHT / height))
        fit_wh = max(round(width * scale), 1), max(round(height * scale), 1)
        video_wh = _even(max(fit_wh[0], _MIN_VIDEO_WIDTH)), _even(max(fit_wh[1], _MIN_HEIGHT))
        panel_wh = _even(min(0.9 * video_wh[1], 640)), video_wh[1]
        shrink = max(int(min(width / fit_wh[0], height / fit_wh[1])), 1)
        crop_wh = width // shrink * shrink, height // shrink * shrink
        return cls(
            video_wh,
            panel_wh,
            (fit_wh[0] / crop_wh[0], fit_wh[1] / crop_wh[1]),
            ((video_wh[0] - fit_wh[0]) // 2, (video_wh[1] - fit_wh[1]) // 2),
            crop_wh,
            shrink,
            fit_wh,
        )

    def resize(self, rgb: np.ndarray, out: np.ndarray) -> None:
        """Put the source picture into `out`, the video's place in the composed picture.

        A whole-number area average followed by a bilinear step costs a tenth of one fractional area average.
        """
        if self.shrink > 1:
            wh = self.crop_wh[0] // self.shrink, self.crop_wh[1] // self.shrink
            rgb = cv2.resize(rgb[: self.crop_wh[1], : self.crop_wh[0]], wh, interpolation=cv2.INTER_AREA)
        cv2.resize(rgb, self.fit_wh, dst=out, interpolation=cv2.INTER_LINEAR)

    def to_picture(self, xy_px: np.ndarray) -> np.ndarray:
        """Source pixels [...,2] to pixels of the composed picture (pixel 0 is a centre in both)."""
        return (np.asarray(xy_px, dtype=np.float64) + 0.5) * self.scale_xy - 0.5 + self.offset_xy


def _even(length: float) -> int:
    """H.264 with 4:2:0 colour needs even sides."""
    return int(np.ceil(length / 2)) * 2


class OverlayRenderer:
    """Composes pictures. `size_wh` is the video's; `camera` tells the 3D view up, if it knows."""

    def __init__(self, size_wh: tuple[int, int], camera: Camera | None = None) -> None:
        self.layout = Layout.of(size_wh)
        width, height = self.layout.panel_wh
        self._font = max(11, round(height / 40))
        self._stage_rows = height - round(4.6 * self._font)  # the rest is the legend's
        self._view = BodyView((width, self._stage_rows), (width / 2, 0.53 * self._stage_rows), camera)
        self._blank = self._make_blank(camera)
        self._main: tuple[int, float] | None = None  # id of the main person, when last seen

    def render(self, frame: VideoFrame, result: FrameResult) -> np.ndarray:
        """One new picture, RGB uint8 [H,W,3] of `layout.size_wh`."""
        layout, picture = self.layout, self._blank.copy()
        (x, y), (width, height) = layout.offset_xy, layout.fit_wh
        layout.resize(frame.rgb, picture[y : y + height, x : x + width])
        video = picture[:, : layout.video_wh[0]]
        for person in result.persons:
            draw_skeleton(video, layout.to_picture(person.keypoints_2d_px), person)
        taken: list[drawing.Box] = []
        for person in result.persons:
            self._draw_label(video, person, taken)
        self._draw_clock(video, frame)
        self._draw_panel(picture[:, layout.video_wh[0] :], result)
        return picture

    def _make_blank(self, camera: Camera | None) -> np.ndarray:
        """What is the same in every picture: background, separator, headings, colour legend."""
        width, height = self.layout.size_wh
        blank = np.full((height, width, 3), drawing.BACKGROUND, np.uint8)
        panel = blank[:, self.layout.video_wh[0] :]
        panel[:, :2] = _SEPARATOR_RGB
        self._draw_legend(panel)
        if camera is not None:
            fov = np.degrees(2 * np.arctan(max(camera.size_wh) / 2 / camera.matrix[0, 0]))
            note = f"camera: {fov:.0f} deg{' assumed' if camera.assumed else ''}"
            x = panel.shape[1] - drawing.text_width(note, self._font) - self._font
            drawing.text(panel, note, (x, 2 * self._font), self._font, drawing.MUTED)
        return blank

    def _draw_legend(self, panel: np.ndarray) -> None:
        font, (height, width) = self._font, panel.shape[:2]
        left, right, top = 2 * font, width - 2 * font, height - round(2.6 * font)
        ramp = cv2.resize(error_scale()[None], (right - left, max(font // 2, 5)))
        panel[top : top + len(ramp), left:right] = ramp
        drawing.text(panel, "expected error of a joint", (left, top - font // 2), font, drawing.INK)
        note = "halo: to scale"
        x = right - drawing.text_width(note, font)
        drawing.text(panel, note, (x, top - font // 2), font, drawing.MUTED)
        for fraction in (0, 1 / 4, 1 / 2, 3 / 4, 1):
            words = f"{fraction * ERROR_SCALE_MM:.0f}" + ("+ mm" if fraction == 1 else "")
            x = left + round(fraction * (right - left - drawing.text_width(words, font)))
            drawing.text(panel, words, (x, height - font // 2), font, drawing.MUTED)

    def _draw_label(self, video: np.ndarray, person: PersonResult, taken: list[drawing.Box]) -> None:
        corners = self.layout.to_picture(person.bbox_px.reshape(2, 2))
        if np.isfinite(corners).all():
            x, y = np.clip(corners[0], -1e4, 1e4).astype(int).tolist()
            words = f"{person.track_id}   {_quality_words(person)}"
            stripe = person_color(person.track_id)
            taken.append(drawing.tag(video, words, (x, y - 2 * self._font), self._font, stripe, taken))

    def _draw_clock(self, video: np.ndarray, frame: VideoFrame) -> None:
        minutes, seconds = divmod(frame.time_s, 60)
        words = f"{int(minutes):02d}:{seconds:06.3f}   frame {frame.index}"
        drawing.tag(video, words, (0, video.shape[0]), self._font)

    def _draw_panel(self, panel: np.ndarray, result: FrameResult) -> None:
        font = self._font
        people = self._main_first(result)
        if not people:
            words = "nobody in view" if self._main is None else f"person {self._main[0]} is out of view"
            x = (panel.shape[1] - drawing.text_width(words, font)) // 2
            drawing.text(panel, words, (x, panel.shape[0] // 2), font, drawing.MUTED)
            return
        self._view.draw(panel[: self._stage_rows], people, result.time_s)
        panel[font : 2 * font + 3, font : font + 4] = person_color(people[0].track_id)
        drawing.text(panel, f"person {people[0].track_id}", (2 * font, 2 * font), font, drawing.INK)
        median = _median(people[0].expected_error_m[1:]) * 1000
        words = f"typical error {median:.0f} mm" if np.isfinite(median) else "error unknown"
        drawing.text(panel, words, (2 * font, round(3.6 * font)), font, drawing.MUTED)

    def _main_first(self, result: FrameResult) -> list[PersonResult]:
        """At most three people. Whoever was in the 3D view stays in it; then the largest takes over."""
        persons = sorted(result.persons, key=_area, reverse=True)
        main = None if self._main is None else result.person(self._main[0])
        held = self._main is not None and result.time_s - self._main[1] < _HOLD_S
        if main is None and (held or not persons):
            self._main = self._main if held else None
            return []
        main = main or persons[0]
        self._main = main.track_id, result.time_s
        return [main, *(p for p in persons if p is not main)][:_PEOPLE_IN_3D]


def _area(person: PersonResult) -> float:
    x0, y0, x1, y1 = np.nan_to_num(person.bbox_px)
    return float((x1 - x0) * (y1 - y0))


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _quality_words(person: PersonResult) -> str:
    return (
        f"quality {100 * person.pose_quality:.0f} %"
        if np.isfinite(person.pose_quality)
        else "quality unknown"
    )


class OverlayVideo:
    """Writes overlay.mp4 frame by frame; a context manager.

    path: the file, written under a temporary name and renamed on success (`io.video_writer`).
    size_wh: of the source video, px. fps: its nominal rate, where known; each frame keeps its own time.
    camera: what the 3D is based on, if it should be stated in the picture.
    """

    def __init__(
        self,
        path: Path | str,
        size_wh: tuple[int, int],
        fps: float | None = None,
        camera: Camera | None = None,
    ) -> None:
        self._renderer = OverlayRenderer(size_wh, camera)
        self._writer = VideoWriter(Path(path), self._renderer.layout.size_wh, fps)

    def __enter__(self) -> OverlayVideo:
        self._writer.__enter__()
        return self

    def write(self, frame: VideoFrame, result: FrameResult) -> None:
        """Add one frame and what was found in it."""
        self._writer.write(self._renderer.render(frame, result), frame.time_s)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.__exit__(kind, error, trace)
