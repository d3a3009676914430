"""Where the repository lies, and what may lie beside it."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Reference material and the released photos; CI has it, a fresh clone does not.
SHARED = ROOT.parent / "shared"
