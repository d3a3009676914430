"""What is declared in TOML: suites, protocols, transforms and encoders; checked, told in words, fingerprinted."""
