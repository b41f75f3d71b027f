"""Videos under corruption, against what comes out of the clean ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganbodypose.core import FrameResult, Keypoints2D, PersonResult, UserError
from ganbodypose.corruption.keypoints import KEYPOINT_CORRUPTIONS
from ganbodypose.corruption.pictures import corrupted
from ganbodypose.estimator import PoseEstimator
from ganbodypose.io.video import open_video
from ganbodypose.jobs.robustness import ALL, RobustnessOptions, with_corruption
from ganbodypose.protocols.lifting import LiftedBy
from ganbodypose.protocols.robustness import CLEAN, Condition, Frames, Robustness, summarise
from ganbodypose.protocols.score import Progress, silent
from ganbodypose.protocols.trial import Trial

_NEAR = 0.5  # of the clean person's height: farther away it is somebody else
_NOBODY = np.full((17, 3), np.nan)

People = dict[int, PersonResult]  # frame number -> the one person of interest


def robustness_on_videos(
    videos: Sequence[str], options: RobustnessOptions, progress: Progress = silent
) -> Robustness:
    """Corrupted pictures and keypoints, of the person who is seen longest in each clean video. progress(pictures
    done, None). UserError when nobody is found."""
    conditions = _with_own_start(options.conditions(ALL))
    collected: dict[Condition, list[Frames]] = {condition: [] for condition in conditions}
    runner = _Runner(options, progress)
    for video in videos:
        clean = _clean_run(video, runner)
        for condition in conditions:
            collected[condition].append(_under(condition, video, clean, runner))
    source = ", ".join(Path(video).name for video in videos)
    in_order = sorted(collected, key=lambda condition: ((CLEAN, *ALL).index(condition[0]), condition[1]))
    outcomes = ((condition, Frames.together(collected[condition])) for condition in in_order)
    return summarise(options.model, source, "the result without corruption", outcomes)


def _with_own_start(conditions: Sequence[Condition]) -> list[Condition]:
    """Corrupted keypoints start from clean ones lifted alike: without the depth that the detector gives."""
    names = dict.fromkeys(name for name, _ in conditions if name in KEYPOINT_CORRUPTIONS)
    return [*conditions, *((name, 0) for name in names)]


class _Runner:
    """One detector for all runs, and a count of the pictures."""

    def __init__(self, options: RobustnessOptions, progress: Progress) -> None:
        self.model, self._seconds = options.model, options.seconds
        self.estimator = PoseEstimator(detector=options.detector, mode=options.model)
        self._progress, self._done = progress, 0

    def run(self, video: str, condition: Condition) -> tuple[list[FrameResult], tuple[int, int]]:
        """Every frame that was shown, and the size of the picture."""
        results = []
        with open_video(video, end_s=self._seconds) as source:
            frames = source if condition[0] == CLEAN else corrupted(source, *condition)
            for result in self.estimator.stream(frames):
                results.append(result)
                self._done += 1
                self._progress(self._done, None)
            return results, source.size_wh


@dataclass(frozen=True)
class _Clean:
    """The person seen longest, and the same person's keypoints as a trial."""

    people: People
    trial: Trial


def _clean_run(video: str, runner: _Runner) -> _Clean:
    results, size_wh = runner.run(video, (CLEAN, 0))
    seen = [person.track_id for result in results for person in result.persons]
    if not seen:
        raise UserError(f"Nobody was found in {video}; give a video in which people are seen.")
    longest = max(set(seen), key=seen.count)
    found = [(result.frame_index, result.person(longest)) for result in results]
    people = {number: person for number, person in found if person is not None}
    persons = list(people.values())
    keypoints = Keypoints2D(
        np.stack([person.keypoints_2d_px for person in persons]),
        np.stack([person.keypoints_2d_confidence for person in persons]),
    )
    truth = np.stack([person.joints_3d_m for person in persons])
    duration_s = results[-1].time_s - results[0].time_s
    fps = (len(results) - 1) / duration_s if duration_s > 0 else 30.0
    camera = runner.estimator.camera_for(size_wh)
    return _Clean(people, Trial(video, keypoints, camera, fps, truth, np.ones(len(persons), bool)))


def _under(condition: Condition, video: str, clean: _Clean, runner: _Runner) -> Frames:
    if condition[0] in KEYPOINT_CORRUPTIONS:
        return _lifted(clean.trial, runner.model, condition)
    if condition[0] == CLEAN:
        return _compared(clean.people, clean.people)
    results, _ = runner.run(video, condition)
    shown = {result.frame_index for result in results}
    wanted = {number: person for number, person in clean.people.items() if number in shown}
    return _compared(wanted, _nearest(wanted, results))


def _lifted(trial: Trial, model: str, condition: Condition) -> Frames:
    """Corrupted keypoints, against what the same network makes of the clean ones."""
    truth, prediction = LiftedBy(model).predict([trial, with_corruption(trial, condition, 0)])
    assert prediction.pose_quality is not None and prediction.expected_error_m is not None
    return Frames(prediction.joints_m, truth.joints_m, prediction.pose_quality, prediction.expected_error_m)


def _compared(wanted: People, people: People) -> Frames:
    pairs = [(person, people.get(number)) for number, person in wanted.items()]
    return Frames(
        np.stack([_NOBODY if other is None else other.joints_3d_m for _, other in pairs]),
        np.stack([person.joints_3d_m for person, _ in pairs]),
        np.array([np.nan if other is None else other.pose_quality for _, other in pairs]),
        np.stack([_NOBODY[:, 0] if other is None else other.expected_error_m for _, other in pairs]),
    )


def _nearest(wanted: People, results: Sequence[FrameResult]) -> People:
    """In each frame the person nearest to the wanted one, unless that is somebody else."""
    found: People = {}
    for result in results:
        person = wanted.get(result.frame_index)
        if person is None or not result.persons:
            continue
        center, height = _place(person)
        nearest = min(result.persons, key=lambda other: _distance(other, center))
        if _distance(nearest, center) < _NEAR * height:
            found[result.frame_index] = nearest
    return found


def _distance(person: PersonResult, center: np.ndarray) -> float:
    return float(np.hypot(*(_place(person)[0] - center)))


def _place(person: PersonResult) -> tuple[np.ndarray, float]:
    """Middle and longer side of the box around the person, px."""
    x0, y0, x1, y1 = person.bbox_px
    return np.array([x0 + x1, y0 + y1]) / 2, float(max(x1 - x0, y1 - y0))
