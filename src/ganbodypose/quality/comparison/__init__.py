"""Two performances of the same movement beside each other.

warping     dynamic time warping: which moment belongs to which
deviation   how far each joint is off at each moment, after Procrustes alignment per frame
score       what a deviation is worth: a percentile among correct repetitions
compare     a recording against a reference, repetition by repetition
"""
