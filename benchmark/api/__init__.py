"""What `bench VERB` does, in Python: one file a verb. It tells a listener what is going on and prints nothing."""
