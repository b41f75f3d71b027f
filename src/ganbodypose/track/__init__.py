"""Which region to look at next, and who is who: detections become people with one id each over time."""

from __future__ import annotations

from ganbodypose.track.tracker import TrackedPerson, Tracker

__all__ = ["TrackedPerson", "Tracker"]
