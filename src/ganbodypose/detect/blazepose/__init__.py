"""BlazePose on LiteRT: a person detector, then a landmark network on a turned square around each person."""
