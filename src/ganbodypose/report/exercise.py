"""The section of assessment.html that says how every repetition was judged by an exercise's model."""

from __future__ import annotations

from html import escape

from ganbodypose.quality.scoring.judged import JudgedExercise, JudgedRepetition
from ganbodypose.report.blocks import section, table_of

_MEANING = (
    "The score is a percentile among correct repetitions: 50 is as good as the median correct one, 3 is worse than 97 "
    "of 100. The probability of being correct takes correct and incorrect ones to be equally frequent. Beside a "
    "repetition that is likely incorrect stands what spoke most against it."
)
_HEAD = ("Repetition", "When", "Verdict", "Score", "Probability", "What to look at")


def exercise_section(exercise: JudgedExercise) -> str:
    """A row for each repetition; its time moves the player there."""
    meaning = f"{_MEANING} {escape(exercise.caution)}"
    lead = f'<div class="prose"><p><strong>{escape(exercise.summary)}</strong></p><p>{meaning}</p></div>'
    rows = [_row(number, one) for number, one in enumerate(exercise.repetitions, 1)]
    body = f'{lead}<div class="judged">{table_of(_HEAD, rows)}</div>'
    return section("exercise-heading", f"Exercise: {escape(exercise.exercise)}", body)


def _row(number: int, one: JudgedRepetition) -> str:
    moment = (
        f'<button type="button" class="moment" data-seek="{one.start_s:.3f}" '
        f'aria-label="show repetition {number} in the player">{one.start_s:.1f} to {one.end_s:.1f} s</button>'
    )
    probability = "–" if one.probability is None else f"{one.probability:.0%}"
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in one.reasons) if one.poor else ""
    return (
        f'<th scope="row">{number}</th><td>{moment}</td><td>{_verdict(one)}</td><td>{_bar(one.score)}</td>'
        f'<td class="number">{probability}</td><td>{f"<ul>{reasons}</ul>" if reasons else ""}</td>'
    )


def _verdict(one: JudgedRepetition) -> str:
    words = (
        {True: "unusual", False: "usual"}
        if one.probability is None
        else {True: "incorrect", False: "correct"}
    )
    return f'<span class="verdict {"bad" if one.poor else "good"}">{words[one.poor]}</span>'


def _bar(score: float) -> str:
    return f'<div class="score"><b>{score:.0f}</b><div class="bar"><i style="width:{score:.0f}%"></i></div></div>'
