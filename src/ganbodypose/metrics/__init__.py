"""How well poses and their expected errors agree with the truth.

pose       errors of joints: the MPJPE family, PCK and AUC, velocity, acceleration, bone lengths
ranking    errors of the expected error: rank correlation, ROC AUC, calibration
evaluate   all of them at once, in millimetres

Metres and seconds inside. A value that cannot be computed is NaN and is counted, never 0.
"""
