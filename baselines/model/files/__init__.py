"""A base model's files: where they are looked for, which there must be, and how they are read."""
