"""Stop a robot while somebody raises a hand, but only where the hand is known well: `raised_hand.py [SOURCE]`."""

import asyncio
import sys
from collections.abc import AsyncIterator

from ganbodypose import PoseEstimator
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.skeletons import H36M_17

HEAD, *WRISTS = H36M_17.indices("head_top", "left_wrist", "right_wrist")
SURE_M = 0.10


async def stop_commands(frames: AsyncIterator[LiveFrame]) -> AsyncIterator[bool]:
    """True while anybody's wrist is above their head and expected to be right within SURE_M."""
    async for frame in frames:
        yield any(
            person.joints_3d_m[wrist, 1] < person.joints_3d_m[HEAD, 1]
            and person.expected_error_m[wrist] < SURE_M
            for person in frame.result.persons
            for wrist in WRISTS
        )


async def main(source: str) -> None:
    with PoseEstimator().live(source) as frames:
        async for stop in stop_commands(frames):
            print("STOP" if stop else "go")  # here: send it to the robot


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "0"))
