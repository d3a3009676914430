"""The two ways in which dreambench says no to a person; the command line turns them into exit codes."""


class UserError(Exception):
    """The user's input is wrong (exit code 2). The message is one sentence: what, where, how to mend it."""


class IncompleteRun(Exception):
    """The run could not be finished (exit code 3). The message says what failed and how to resume."""
