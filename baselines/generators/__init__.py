"""Generators that train nothing: a diffusers pipeline by a declaration, or a function."""
