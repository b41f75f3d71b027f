"""Who is first: among networks trained for equal time, on each dataset, in each of the paper's measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ganbodypose.experiments.tables import LABELS, OURS

# Measure: its title, and whether more is better.
MEASURES = {"mpjpe_mm": ("MPJPE, mm", False), "pa_mpjpe_mm": ("PA-MPJPE, mm", False), "auc": ("AUC", True)}


def standing(judged: Sequence[Mapping[str, Any]], speed: Mapping[str, float]) -> str:
    """A Markdown table: for each dataset, our best network's place and who is first where it is not ours.

    judged: scores with `model` and `dataset`; speed: frames/s by model.
    """
    head = ["dataset", *(title for title, _ in MEASURES.values()), "on the front of speed and MPJPE"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for dataset in dict.fromkeys(s["dataset"] for s in judged):
        here = [s for s in judged if s["dataset"] == dataset]
        front = front_of({s["model"]: (speed[s["model"]], s["mpjpe_mm"]) for s in here})
        cells = [dataset, *(place(here, measure) for measure in MEASURES), ", ".join(map(_short, front))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def place(here: Sequence[Mapping[str, Any]], measure: str) -> str:
    """Our best network's place among the scores of one dataset, with the first or, if ours is first, the next rival."""
    more_is_better = MEASURES[measure][1]
    ranked = sorted(here, key=lambda s: s[measure], reverse=more_is_better)
    names = [s["model"] for s in ranked]
    at = next((k for k, name in enumerate(names) if name in OURS), None)
    if at is None:
        return "-"
    rival = next((s for s in ranked if s["model"] not in OURS), None)
    ours = f"{_value(ranked[at], measure)} ({names[at]})"
    if at:
        rank = sum(name not in OURS for name in names[:at]) + 1
        return f"**not first**: place {rank}, {ours}; first {_short(names[0])}, {_value(ranked[0], measure)}"
    behind = "" if rival is None else f"; next {_short(rival['model'])}, {_value(rival, measure)}"
    return f"first: {ours}{behind}"


def front_of(points: Mapping[str, tuple[float, float]]) -> list[str]:
    """Of points (frames/s, error), those that no other beats in both, fastest first."""
    fastest_first = sorted(points, key=lambda name: (-points[name][0], points[name][1]))
    front: list[str] = []
    for name in fastest_first:
        if not front or points[name][1] < points[front[-1]][1]:
            front.append(name)
    return front


def _short(model: str) -> str:
    return LABELS.get(model, model).removeprefix("GAN-BodyPose ")


def _value(scores: Mapping[str, Any], measure: str) -> str:
    return f"{scores[measure]:.1f}" if measure.endswith("_mm") else f"{scores[measure]:.3f}"
