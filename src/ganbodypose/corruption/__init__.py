"""Pictures and keypoints made worse on purpose, in five levels, to see what a method can bear.

pictures    noise, blur, JPEG, darkness, fog, low resolution, patches, lost frames
keypoints   noise, jitter, exchanged sides, missing joints
"""

LEVELS = (1, 2, 3, 4, 5)
