"""Adapters: small weights put into the resident model, trained or read, and taken out again."""
