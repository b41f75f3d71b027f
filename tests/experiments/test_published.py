import pytest

from ganbodypose.experiments import published
from ganbodypose.experiments.published import OURS, TABLE1, TABLE2, TABLE3, TABLE4
from ganbodypose.experiments.tables import LABELS, MODELS
from ganbodypose.model.config import PRESETS


def test_numbers_are_those_of_the_paper() -> None:
    assert TABLE1["Human3.6M"][OURS]["knee"] == 82.5 and TABLE1["MPI-INF-3DHP"]["OpenPose"]["ankle"] == 67.7
    assert TABLE2["VideoPose3D"]["parameters_m"] == 21.6 and TABLE2[OURS]["flops_g"] == 30.4
    assert TABLE3["paper-3x512"] == {"pa_mpjpe_mm": 55.6, "mpjpe_mm": 81.9}
    assert TABLE4["ST-GCN"] == {"frame_ms": 55.1, "memory_mb": 2500, "size_mb": 160, "epoch_s": 70}


def test_presets_of_table_3_have_the_layers_and_nodes_of_their_labels() -> None:
    for name in TABLE3:
        config = PRESETS[name]
        assert (
            f"[{config.attention_layers} layers, {config.attention_width} nodes]" in LABELS[name]
            and config.window == 9
        )


def test_totals_of_table_1_are_means_but_for_rounding() -> None:
    for rows in TABLE1.values():
        for row in rows.values():
            parts = [value for joint, value in row.items() if joint != "total"]
            assert row["total"] == pytest.approx(sum(parts) / 5, abs=0.06)


def test_contradictions_are_worked_out() -> None:
    speed, accuracy = published.contradictions()
    assert "28.5 frames/s" in speed and "35.1 ms" in speed and "40.2 ms" in speed and "24.9 frames/s" in speed
    assert "59.8 mm" in accuracy and "near 60" in accuracy and "81.4" in accuracy and "28 mm" in accuracy


def test_every_network_compared_has_a_label() -> None:
    assert {model for models in MODELS.values() for model in models} <= LABELS.keys()
