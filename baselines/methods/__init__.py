"""The methods that work on the resident base model, and the copying of references: one file or folder a method."""
