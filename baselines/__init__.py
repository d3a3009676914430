"""Methods that generate images of a subject, and what they share, in rooms; what a method is lies beside the rooms."""
