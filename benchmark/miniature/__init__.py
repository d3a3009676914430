"""The recipe of the miniature models: corpus, training stages, export, figures, model card."""
