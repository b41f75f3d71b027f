import pytest

from ganbodypose.experiments.standing import front_of, place, standing


def score(model: str, mpjpe: float, auc: float, dataset: str = "mocap") -> dict:
    return {"model": model, "dataset": dataset, "mpjpe_mm": mpjpe, "pa_mpjpe_mm": mpjpe - 20, "auc": auc}


HERE = [
    score("live", 90, 0.40),
    score("vibe", 95, 0.45),
    score("studio", 85, 0.42),
    score("st_gcn", 99, 0.43),
]


def test_ours_first_names_the_next_rival_not_our_second() -> None:
    assert place(HERE, "mpjpe_mm") == "first: 85.0 (studio); next VIBE, on keypoints, 95.0"


def test_more_auc_is_better_and_a_lost_place_is_said() -> None:
    assert place(HERE, "auc") == ("**not first**: place 3, 0.420 (studio); first VIBE, on keypoints, 0.450")
    assert place(HERE[1:2], "auc") == "-"


@pytest.mark.parametrize(
    ("points", "front"),
    [
        ({"a": (10, 5.0), "b": (5, 3.0), "c": (4, 4.0)}, ["a", "b"]),
        ({"a": (10, 5.0), "b": (10, 3.0), "c": (10, 3.0)}, ["b"]),
        ({"slow": (1, 1.0), "fast": (2, 0.5)}, ["fast"]),
    ],
)
def test_the_front_holds_what_nothing_beats_in_speed_and_error(points: dict, front: list[str]) -> None:
    assert front_of(points) == front


def test_one_line_for_each_dataset() -> None:
    judged = [*HERE, *(score(s["model"], 2 * s["mpjpe_mm"], s["auc"], "pairs") for s in HERE)]
    speed = {"live": 100.0, "vibe": 400.0, "studio": 50.0, "st_gcn": 10.0}
    *_, mocap, pairs = standing(judged, speed).splitlines()
    assert mocap.endswith("| VIBE, on keypoints, live (ours), studio (ours) |") and "170.0" in pairs
