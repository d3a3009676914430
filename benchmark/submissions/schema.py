"""The JSON schema of a submission's file, for who makes one with another program.

`python -m dreambench.benchmark.submissions.schema` writes it into the package's data.
"""

import sys
from collections.abc import Mapping
from typing import Final

from pydantic import BaseModel

from dreambench.benchmark.results.schemas import write_schemas
from dreambench.benchmark.submissions.model import Submission

#: File's name -> the record that is its content.
RECORDS: Final[Mapping[str, type[BaseModel]]] = {"submission": Submission}

if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in write_schemas(RECORDS)))
