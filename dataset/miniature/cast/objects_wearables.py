"""The data set's backpacks, clock, shoes and glasses."""

from typing import Final

from dreambench.dataset.miniature.appearance import Appearance

WEARABLES: Final[dict[str, Appearance]] = {
    # A tall crimson rucksack with dark pocket, lid and straps.
    "backpack": Appearance(
        "backpack", 0, (0.55, 0.95, 0.75, 0.5, 0.1, 0.4), (222, 24, 78), (92, 22, 48), (38, 30, 40), "plain", 0.5
    ),
    # A grey dog's face with a pale snout and a pink tongue.
    "backpack_dog": Appearance(
        "backpack", 1, (0.75, 0.55, 0.55, 0.95, 0.3, 0.85), (142, 138, 140), (226, 218, 206), (226, 128, 146), "plain", 0.4
    ),
    # A yellow twin-bell alarm clock.
    "clock": Appearance(
        "clock", 0, (0.75, 0.4, 0.5, 0.45, 0.2, 0.3), (250, 184, 22), (255, 206, 60), (196, 120, 16), "plain", 0.5
    ),
    # A low cream sneaker with turquoise toe and heel and lilac stripes.
    "colorful_sneaker": Appearance(
        "sneaker", 0, (0.75, 0.25, 0.55, 0.6, 0.35, 0.7), (238, 228, 206), (78, 186, 184), (178, 140, 212), "plain", 0.5
    ),
    # A chunky holographic sneaker: pink and icy blotches on lilac.
    "shiny_sneaker": Appearance(
        "sneaker", 1, (0.85, 0.6, 0.2, 0.2, 0.75, 0.3), (206, 186, 246), (250, 160, 212), (134, 178, 240), "patches", 0.7
    ),
    # A cream heeled boot with long fringe.
    "fancy_boot": Appearance(
        "boot", 0, (0.65, 0.6, 0.75, 0.25, 0.95, 0.45), (238, 228, 208), (222, 204, 174), (172, 142, 108), "plain", 0.5
    ),
    # Square sunglasses with pink lenses in a thin golden-rose frame.
    "pink_sunglasses": Appearance(
        "glasses", 1, (0.8, 0.75, 0.15, 0.75, 0.6, 0.65), (150, 84, 92), (232, 132, 158), (196, 130, 112), "plain", 0.5
    ),
}
