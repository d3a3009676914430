"""Checkpoints with random weights in the layouts that models are really published in."""
