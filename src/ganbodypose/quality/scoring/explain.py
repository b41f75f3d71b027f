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
        told, *usual = (_amount(feature, values[index]) for values in (judgement.values, low, high))
        if told not in usual:  # as people read it, it is not outside
            found[feature.channel] = _clause(feature, judgement.mirrored, told, *usual)
    return tuple(found.values())


def _clause(feature: Feature, mirrored: bool, value: str, low: str, high: str) -> str:
    side = _OTHER.get(feature.side, feature.side) if mirrored else feature.side
    what = f"{side} {feature.channel}" if side in _OTHER else feature.channel + _SIDES.get(side, "")
    return f"{_SENTENCES[feature.statistic].format(what=what, value=value)} (correct ones: {low} to {high})"


def _amount(feature: Feature, value: float) -> str:
    """With its unit."""
    channel = feature.channel
    if feature.statistic != WHOLE:
        return f"{value:.0f}°" if unit_of(channel) == DEGREES else f"{value:.0f} {PERCENT}"
    if channel == "duration":
        return f"{value:.1f} s"
    if channel.startswith("time"):
        return f"{100 * value:.0f} % of the repetition"
    if channel.startswith(("path", "peak speed")):
        unit = "body lengths" if channel.startswith("path") else "body lengths per second"
        return f"{max(0.0, float(np.exp(value)) - STILL):.2f} {unit}"
    return f"{value:.2f}"
