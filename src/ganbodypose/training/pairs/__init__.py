"""Detector-in-the-loop pairs: rendered people as a real detector sees them, beside their true joints.

    motion -> retarget -> body, clothing -> picture (camera, background, light) -> detector -> shards -> bank

`ganbodypose data render` makes them, `bank` reads them for training. What makes pictures needs the [render] extra.
"""
