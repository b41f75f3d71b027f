"""Any top-down pose network in an ONNX file: a box around a person in, heatmaps or SimCC out (HRNet, ViTPose, RTMPose).

name      what stands in `onnx:FILE?size=192x256&skeleton=coco_17`
crop      the box resampled to the network's input, and the way back into the picture
network   the ONNX file: its input, and which kind of answer it gives
decode    heatmaps and SimCC to sub-pixel keypoints
region    the detection that keypoints make, and where to look next
people    YOLOX as a person detector (the [rtmpose] extra); the default is BlazePose's
detector  all of it behind `PoseDetector`
"""
