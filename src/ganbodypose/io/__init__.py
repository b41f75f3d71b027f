"""Files in and out: video, cameras, results, other formats, keypoints of other tools."""
