"""Where the packages lie: four folders at the top of the repository, installed below `dreambench`.

As top-level names `benchmark`, `dataset`, `baselines` and `reports` belong to others: a research repository has a dataset.py of
its own, and PyPI a package `dataset`. Everything else about the distribution is in pyproject.toml.
"""

from setuptools import find_packages, setup

DOOR = "dreambench"
FOLDERS = ("benchmark", "baselines", "dataset", "reports")

setup(
    packages=[
        DOOR,
        *(f"{DOOR}.{name}" for folder in FOLDERS for name in find_packages(include=[folder, f"{folder}.*"])),
    ],
    package_dir={DOOR: DOOR} | {f"{DOOR}.{folder}": folder for folder in FOLDERS},
)
