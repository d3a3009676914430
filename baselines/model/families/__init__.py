"""Families of base models: one file a family, found by the pipeline class that a checkpoint's model_index.json names."""
