"""How well poses and their expected errors agree with the truth, and what the network behind them costs.

pose       errors of joints: the MPJPE family, PCK and AUC, velocity, acceleration
bones      consistency of a skeleton with itself: constant lengths, left as long as right
ranking    errors of the expected error: rank correlation, ROC AUC, calibration
risk       refusing or flagging by the expected error: risk-coverage (AUSE), precision, recall, F1
average_precision   COCO's OKS mAP and the paper's per-joint mAP
cost       operations, parameters, speed, memory (paper eqs. 15, 18-20)
evaluate   all of one person's poses at once, in millimetres

Metres and seconds inside. A value that cannot be computed is NaN and is counted, never 0.
"""
