"""Files in and out: video, cameras, results."""
