"""What the paper prints (Zhu and Ye, GAN-BodyPose), and where its numbers contradict each other."""

from __future__ import annotations

import math

OURS = "GAN-BodyPose"

# Table 1: mAP per joint, percent.
_TABLE1_COLUMNS = ("head", "shoulder", "knee", "wrist", "ankle", "total")
_TABLE1 = {
    "Human3.6M": {
        "PoseNMS": (88.9, 87.8, 74.6, 69.8, 66.3, 77.5),
        "HRNet": (88.6, 86.9, 79.8, 79.2, 75.7, 82.0),
        "RMPE": (88.4, 86.5, 73.1, 70.4, 65.8, 76.8),
        "OpenPose": (89.7, 87.4, 73.7, 72.5, 68.1, 78.3),
        OURS: (90.2, 89.4, 82.5, 83.4, 79.8, 85.1),
    },
    "MPI-INF-3DHP": {
        "PoseNMS": (88.1, 87.3, 74.2, 69.1, 65.9, 76.9),
        "HRNet": (88.4, 86.7, 79.3, 78.6, 74.9, 81.6),
        "RMPE": (88.0, 86.2, 72.8, 69.9, 65.4, 76.5),
        "OpenPose": (89.4, 87.1, 73.4, 72.0, 67.7, 77.9),
        OURS: (89.8, 88.6, 81.7, 80.5, 77.6, 83.6),
    },
}
TABLE1 = {
    dataset: {method: dict(zip(_TABLE1_COLUMNS, row, strict=True)) for method, row in rows.items()}
    for dataset, rows in _TABLE1.items()
}

# Table 2, MPI-INF-3DHP; the paper names no units, these are the likely ones.
_TABLE2_COLUMNS = ("frames_per_s", "mpjpe_mm", "auc_percent", "parameters_m", "flops_g")
_TABLE2 = {
    "HR-Net": (24.7, 76.6, 74.5, 36.4, 32.1),
    "VideoPose3D": (17.7, 61.6, 63.3, 21.6, 33.8),
    "VIBE": (21.3, 65.9, 59.1, 27.5, 35.4),
    OURS: (28.5, 59.8, 81.4, 32.9, 30.4),
}
TABLE2 = {method: dict(zip(_TABLE2_COLUMNS, row, strict=True)) for method, row in _TABLE2.items()}

# Table 3: attention layers x nodes, by the name of our preset of that size.
TABLE3 = {
    "paper": {"pa_mpjpe_mm": 56.2, "mpjpe_mm": 83.2},
    "paper-2x1024": {"pa_mpjpe_mm": 53.9, "mpjpe_mm": 79.5},
    "paper-3x512": {"pa_mpjpe_mm": 55.6, "mpjpe_mm": 81.9},
    "paper-3x1024": {"pa_mpjpe_mm": 54.4, "mpjpe_mm": 79.3},
}

# Table 4, MPI-INF-3DHP.
_TABLE4_COLUMNS = ("frame_ms", "memory_mb", "size_mb", "epoch_s")
_TABLE4 = {
    "SimpleBaseline": (50.2, 2300, 150, 65),
    "P-STMO": (48.5, 2100, 140, 60),
    "ST-GCN": (55.1, 2500, 160, 70),
    "LSTM-3D": (52.4, 2400, 155, 68),
    "TrajectoryNet": (47.8, 2200, 145, 63),
    OURS: (40.2, 2000, 135, 58),
}
TABLE4 = {method: dict(zip(_TABLE4_COLUMNS, row, strict=True)) for method, row in _TABLE4.items()}

PCK_THRESHOLD_MM = 150.0


def auc_of_mpjpe(mpjpe_mm: float) -> float:
    """AUC (fraction) over 0 to 150 mm that a mean error gives where no joint is off by more than 150 mm; NaN of
    means beyond that."""
    return 1 - mpjpe_mm / PCK_THRESHOLD_MM if mpjpe_mm <= PCK_THRESHOLD_MM else math.nan


def mpjpe_of_auc(auc: float) -> float:
    """Inverse of `auc_of_mpjpe`, mm."""
    return PCK_THRESHOLD_MM * (1 - auc)


def contradictions() -> tuple[str, str]:
    """Of speed (Table 2 against Table 4) and of accuracy (within Table 2), each with what is done here instead."""
    ours, cost = TABLE2[OURS], TABLE4[OURS]
    speed, time_ms = ours["frames_per_s"], cost["frame_ms"]
    error, auc = ours["mpjpe_mm"], ours["auc_percent"] / 100
    return (
        f"The paper's {speed} frames/s (Table 2) are {1000 / speed:.1f} ms a frame, but its Table 4 has {time_ms} ms, "
        f"which are {1000 / time_ms:.1f} frames/s. Here both come from one measurement: frames/s = 1000 / ms.",
        f"The paper's MPJPE of {error} mm goes with an AUC near {100 * auc_of_mpjpe(error):.0f} where no joint is off "
        f"by more than 150 mm, not {100 * auc:.1f}, which would take {mpjpe_of_auc(auc):.0f} mm. Here both come from "
        "the same errors.",
    )
