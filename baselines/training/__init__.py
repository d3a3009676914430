"""What methods that train share: the loop, the optimiser, identifiers, learned words, memory savers."""
