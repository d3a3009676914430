"""The miniature world: a renderer of 64 x 64 scenes, its 30 subjects and the scenes its models are trained on."""
