"""What is measured on: subjects, class nouns, prompts, reference images, and the miniature world that draws its own."""
