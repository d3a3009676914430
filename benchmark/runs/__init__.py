"""Making a run: its plan, the selection it covers, its units of work, its folder."""
