"""The door of dreambench."""
