"""Cameras, rotations, Procrustes alignment, the root position and the floor. NumPy only, batched over leading axes.

Conventions (those of `ganbodypose.core`): metres, radians, pixels; the camera frame is OpenCV's (x right,
y down, z forward); pixel (0, 0) is the centre of the top-left pixel; missing or undetermined is NaN.
Computed in float64.
"""
