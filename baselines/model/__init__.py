"""The base model: what a family of models says, its weights and their restoring, latents, noise schedules and losses."""
