"""The user study: blind pairs of finished runs' images for people, and what they said."""
