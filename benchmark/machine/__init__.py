"""The machine that a run is made on: its devices and cores, library versions, the cache folder."""
