"""The live viewer in the browser: picture, bodies in 3D, charts and controls. Needs the extra `viewer`."""
