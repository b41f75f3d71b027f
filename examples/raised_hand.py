"""Stop a robot while a right hand is raised, but only where the wrist is expected to be right within 10 cm."""

import asyncio

from ganbodypose import PoseEstimator
from ganbodypose.skeletons import H36M_17

WRIST, HEAD = H36M_17.indices("right_wrist", "head_top")


async def watch(source: str) -> None:
    async for frame in PoseEstimator(persons=1).live(source):
        for person in frame.result.persons:
            raised = person.joints_3d_m[WRIST, 1] < person.joints_3d_m[HEAD, 1]  # y points down
            print("STOP" if raised and person.expected_error_m[WRIST] < 0.10 else "go", flush=True)


asyncio.run(watch("0"))  # the webcam; or a video, or rtsp://...
