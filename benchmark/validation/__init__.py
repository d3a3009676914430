"""What metrics are worth: held against people's ratings, and against drawn changes whose order is known."""
