"""From images to scores: references, scores, yardsticks, completeness, inspection, summary, calibration."""
