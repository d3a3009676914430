"""Methods that generate images of a subject, and what they share: resident model, latents, sampler, identifiers."""
