"""How a file becomes a picture: which files are pictures, and how each of their kinds is read. `dataset.images` is the door."""
