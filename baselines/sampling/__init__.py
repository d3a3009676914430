"""Drawing pictures from the resident model: for prompts, of a prepared subject, and the class images."""
