"""Evaluation protocols: which recordings are lifted, against which truth, scored how.

trial        one recording to lift and its truth (`Trial`), the answer (`Prediction`), who answers (`Subject`)
sources      the trials of each dataset, with the splits and frame counts of its protocol
kinect       UI-PRMD: Kinect input against Vicon, which have neither clock nor frame in common
people_2d    COCO keypoints: people in pictures, scored by OKS mAP
lifting      a network of this package as a subject, through the run-time engine
predictions  any tool's predictions as a subject, read from files
score        all metrics of a subject on a protocol, overall and by group
robustness   error and pose quality over levels of corruption, and whether the quality tells
"""
