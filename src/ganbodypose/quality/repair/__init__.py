"""Repair of recordings: what is missing is filled, what trembles is smoothed, and every change is told.

gaps      missing joints and frames, with an error measured on the recording itself
smooth    zero-phase jitter filter at true timestamps
bones     constant bone lengths
contact   feet that stand do not slide
repair    all of it, in this order
"""
