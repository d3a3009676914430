"""Custom Diffusion (Kumari et al. 2023): keys and values of cross attention, and a word of its own."""
