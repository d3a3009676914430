"""The benchmark itself; its door for Python users is `import dreambench`."""
