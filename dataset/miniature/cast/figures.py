"""The dataset's animals, soft toys and cartoon: miniature portraits of the real subjects of these names."""

from dreambench.dataset.miniature.appearance import Appearance

FIGURES: dict[str, Appearance] = {
    "cat": Appearance(  # ginger tabby
        "cat", 0, (0.6, 0.5, 0.6, 0.8, 0.8, 0.6), (236, 146, 62), (190, 90, 28), (120, 190, 60), "bands", 0.1
    ),
    "cat2": Appearance(  # slim grey cat with yellow eyes
        "cat", 1, (0.25, 0.95, 0.3, 0.15, 0.75, 0.9), (112, 120, 136), (66, 72, 88), (250, 210, 50), "plain", 0.4
    ),
    "dog": Appearance(  # orange and white corgi
        "dog", 1, (0.85, 0.35, 0.9, 0.85, 0.3, 0.15), (230, 140, 58), (255, 250, 240), (226, 60, 70), "plain", 0.2
    ),
    "dog2": Appearance(  # fluffy red-brown chow
        "dog", 2, (0.95, 0.0, 0.95, 0.7, 0.35, 0.35), (196, 92, 36), (128, 54, 24), (60, 60, 70), "plain", 0.7
    ),
    "dog3": Appearance(  # white curly dog
        "dog", 2, (0.3, 0.85, 0.35, 0.35, 0.9, 0.7), (244, 240, 232), (200, 192, 182), (70, 130, 210), "plain", 0.3
    ),
    "dog5": Appearance(  # brown dachshund with long ears
        "dog", 3, (0.7, 0.95, 0.5, 0.75, 0.7, 0.3), (176, 96, 50), (110, 52, 28), (40, 150, 140), "plain", 0.5
    ),
    "dog6": Appearance(  # tan puppy, ears too big for it
        "dog", 1, (0.3, 1.0, 0.15, 0.2, 0.1, 0.5), (222, 176, 118), (250, 232, 206), (60, 110, 200), "plain", 0.8
    ),
    "dog7": Appearance(  # brown retriever
        "dog", 0, (0.6, 0.55, 0.75, 0.95, 0.85, 0.4), (150, 82, 40), (96, 46, 22), (30, 30, 40), "plain", 0.6
    ),
    "dog8": Appearance(  # grey and white merle
        "dog", 0, (0.35, 0.1, 0.4, 0.4, 0.95, 0.9), (226, 226, 230), (92, 98, 114), (150, 60, 160), "patches", 0.5
    ),
    "bear_plushie": Appearance(  # brown bear with a blue cap
        "stuffed animal", 0, (0.6, 0.5, 0.6, 0.6, 0.5, 0.6), (136, 74, 40), (216, 168, 120), (50, 150, 230), "plain", 0.3
    ),
    "grey_sloth_plushie": Appearance(  # grey-beige sloth
        "stuffed animal", 1, (0.45, 0.6, 0.4, 0.4, 0.9, 0.3), (190, 172, 156), (92, 72, 62), (226, 206, 180), "plain", 0.5
    ),
    "wolf_plushie": Appearance(  # grey and white wolf with a red kerchief
        "stuffed animal", 2, (0.55, 0.6, 0.35, 0.5, 0.8, 0.4), (124, 132, 146), (242, 242, 246), (220, 36, 44), "plain", 0.6
    ),
    "red_cartoon": Appearance(  # red, horned
        "cartoon", 0, (0.6, 0.4, 0.5, 0.3, 0.6, 0.45), (222, 28, 36), (130, 12, 24), (250, 250, 250), "plain", 0.5
    ),
}
