"""Poses as they happen, from webcam 0 or a video: `python examples/live.py [SOURCE]` follows a right hand."""

import sys

from ganbodypose import PoseEstimator, open_video
from ganbodypose.skeletons import H36M_17

with open_video(sys.argv[1] if len(sys.argv) > 1 else "0") as frames:
    for result in PoseEstimator(persons=1).stream(frames):
        for person in result.persons:
            hand = H36M_17.index("right_wrist")
            up_m, error_m = -person.joints_3d_m[hand, 1], person.expected_error_m[hand]
            print(f"{result.time_s:7.2f} s  {up_m:+.2f} m from the pelvis, give or take {error_m:.2f} m")
