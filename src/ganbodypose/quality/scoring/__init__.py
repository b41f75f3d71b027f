"""Learned scoring of a movement: correct or not, how good, and why. NumPy and SciPy only.

canonical    one repetition seen from the person: their forward, their size, their active side
channels     courses over time: joint angles, leans, places of hands and feet
features     what a repetition is described by: a few hundred named numbers
linear       two linear scorers: against all people, against the person's own good repetitions
model        MovementModel: fit, score, explain
validation   leave one person out
files        a fitted model as .npz, without pickle
"""
