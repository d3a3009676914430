"""The process around a command: streams of any encoding, signals, and what libraries say. For the command line alone."""
