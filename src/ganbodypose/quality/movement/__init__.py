"""Movement measures from H36M-17 joints at true timestamps; one concept a file, NumPy and SciPy only.

measure       what every measure is: value, unit, validity, uncertainty
uncertainty   the joints' expected errors carried into any measure
kinematics    derivatives and speed
angles, isb   joint angles between segments, and plane by plane
smoothness    SPARC and LDLJ
symmetry      left against right
balance       centre of mass and its sway
gait          foot strikes, cadence, step times and lengths
summary       everything at once, under plain names
repetitions   cyclic movement: segmentation, count, tempo
"""
