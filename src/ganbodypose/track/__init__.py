"""Which region to look at next, and who is who: detections become people with one id each over time."""

from __future__ import annotations

from ganbodypose.track.joining import join
from ganbodypose.track.keypoints import KeypointTracker
from ganbodypose.track.tracker import Tracked, TrackedPerson, Tracker

__all__ = ["KeypointTracker", "Tracked", "TrackedPerson", "Tracker", "join"]
