"""From scores to what a person or a CI job reads: tables, plots, pages, the leaderboard, the regression check."""
