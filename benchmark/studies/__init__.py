"""Studies: several runs that differ in one thing, and what their table is made from."""
