"""A submission sent to a dataset repository of the Hugging Face Hub, as a pull request.

The hub's own client finds and holds the token.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from dreambench.baselines.model.files.hub import first_line, hub_problem
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import shortened

#: Where submissions lie in a repository, as `bench leaderboard` reads them.
HUB_FOLDER: Final = "submissions"
_MAX_WORDS: Final = 200
#: The hub knows more rules, and has sentences for them.
_NAME: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*", re.ASCII)


def check_hub(repository: str) -> None:
    """Refuse what could not be sent, before anything is packed.

    Args:
        repository: "OWNER/NAME".

    Raises:
        UserError: that is no repository's name, nobody is logged in, or the hub does not answer.
    """
    from huggingface_hub import get_token

    if _NAME.fullmatch(repository) is None:
        raise UserError("--hub needs the name of a dataset repository, OWNER/NAME; leave it out to only write the file.")
    problem = hub_problem()
    if problem is not None:
        raise UserError(f"--hub {repository} cannot be reached: {problem}; leave --hub out to only write the file.")
    if get_token() is None:
        raise UserError(
            f"--hub {repository} takes pull requests from people whom the hub knows: give `hf auth login`, or set HF_TOKEN."
        )


def send(files: Sequence[Path], repository: str, *, title: str) -> str:
    """Open a pull request that adds files to a dataset repository's submissions/; returns its address.

    Args:
        files: the submission, and the archive of its images if it goes along.
        repository: "OWNER/NAME", as `check_hub` takes it.
        title: of the pull request.

    Raises:
        UserError: it was refused, or the way there broke; the sentence holds no token.
    """
    from huggingface_hub import CommitOperationAdd, HfApi, get_token

    operations = [CommitOperationAdd(f"{HUB_FOLDER}/{file.name}", file) for file in files]
    try:
        made = HfApi().create_commit(repository, operations, commit_message=title, repo_type="dataset", create_pr=True)
    except Exception as error:  # the client and what is below it have many kinds; all mean that it was not sent
        why = " ".join(str(getattr(error, "server_message", None) or first_line(error)).split()).rstrip(".:")
        token = get_token()
        said = why.replace(token, "...") if token else why
        raise UserError(
            f"{files[0]} is written, but {repository} did not take it: {shortened(said, _MAX_WORDS)}; see that the dataset "
            "repository is there and takes pull requests, then give the same command again."
        ) from None  # what caused it may hold the token
    return made.pr_url or made.commit_url
