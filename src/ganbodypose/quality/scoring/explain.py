"""Which features spoke against a repetition, in plain words."""

from __future__ import annotations

import numpy as np

from ganbodypose.quality.scoring.channels import DEGREES, PERCENT, unit_of
from ganbodypose.quality.scoring.features import AT_TURN, CHANGE, RANGE, STILL, WHOLE, Feature
from ganbodypose.quality.scoring.model import Judgement, MovementModel

_SENTENCES = {
    AT_TURN: "{what} is {value} at the turning point",
    CHANGE: "{what} changes by {value} up to the turning point",
    RANGE: "{what} ranges over {value}",
    WHOLE: "{what} is {value}",
}
_SIDES = {"both": " (mean of both sides)", "difference": " (left against right)"}
_FROM_THE_FRONT = ("sideways lean", "outward lean")
_OTHER = {"left": "right", "right": "left"}


def reasons(model: MovementModel, judgement: Judgement, most: int = 3) -> tuple[str, ...]:
    """Up to `most` clauses, the heaviest first, one for each channel: features outside the middle 80 % of
    correct repetitions that lowered the score."""
    low, high = model.usual
    unusual = (judgement.values < low) | (judgement.values > high)
    found: dict[str, str] = {}
    for index in np.argsort(judgement.contributions):
        feature = model.features[index]
        if len(found) == most or judgement.contributions[index] >= 0:
            break
        if not unusual[index] or feature.channel in found:
            continue
        told, *usual = (_number(feature, values[index]) for values in (judgement.values, low, high))
        if told not in usual:  # as people read it, it is not outside
            found[feature.channel] = _clause(feature, judgement.mirrored, told, *usual)
    return tuple(found.values())


def _clause(feature: Feature, mirrored: bool, value: str, low: str, high: str) -> str:
    side = _OTHER.get(feature.side, feature.side) if mirrored else feature.side
    seen = " seen from the front" if feature.channel.endswith(_FROM_THE_FRONT) else ""
    channel = feature.channel + seen
    what = f"{side} {channel}" if side in _OTHER else channel + _SIDES.get(side, "")
    unit = _unit(feature)
    told = _SENTENCES[feature.statistic].format(what=what, value=value + unit)
    return f"{told} (correct ones: {low} to {high}{unit})"


def _unit(feature: Feature) -> str:
    """As it follows a number."""
    channel = feature.channel
    if feature.statistic != WHOLE:
        return "°" if unit_of(channel) == DEGREES else f" {PERCENT}"
    if channel == "duration":
        return " s"
    if channel.startswith("time"):
        return " % of the repetition"
    if channel.startswith("path"):
        return " body lengths"
    return " body lengths per second" if channel.startswith("peak speed") else ""


def _number(feature: Feature, value: float) -> str:
    channel = feature.channel
    if feature.statistic != WHOLE:
        return str(round(value))
    if channel == "duration":
        return f"{value:.1f}"
    if channel.startswith("time"):
        return str(round(100 * value))
    if channel.startswith(("path", "peak speed")):
        return f"{max(0.0, float(np.exp(value)) - STILL):.2f}"
    return f"{value:.2f}"
