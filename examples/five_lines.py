"""3D poses of the people in a video, in five lines: `python examples/five_lines.py VIDEO`."""

import sys

from ganbodypose import PoseEstimator

poses = PoseEstimator(persons=1).run(sys.argv[1])
print(poses.joints_3d_m.shape)  # [frames, 17, 3] metres, relative to the pelvis, in the camera frame
print(poses.expected_error_m.mean(0) * 1000)  # mm per joint, in the order of poses.joint_names
print(poses.time_s[poses.pose_quality.argmax()])  # second at which the pose is most certain
