"""One frame of an overlay video as a picture: how `docs/demo.jpg` is made.

python benchmarks/readme_picture.py demo-output/overlay.mp4 docs/demo.jpg --time 4.2
"""

from __future__ import annotations

import argparse

import cv2

from ganbodypose.io.video import open_video


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("video")
    parser.add_argument("picture")
    parser.add_argument("--time", type=float, default=4.2, help="second of the video")
    options = parser.parse_args()
    with open_video(options.video, start_s=options.time) as video:
        frame = next(video)
    cv2.imwrite(options.picture, frame.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 88])


if __name__ == "__main__":
    main()
