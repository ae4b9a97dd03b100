"""One look for every figure of the course."""

import logging

import seaborn as sns

PALETTE = sns.color_palette("colorblind")


def use_course_style() -> None:
    """Set the course's look and silence the sampler's chatter for the running session.

    Figures get an opaque white background, so that they stay legible on a dark page, the
    colour-blind-safe palette of seaborn, and type that is still readable at the width of a phone.
    """
    sns.set_theme(
        context="notebook",
        style="ticks",
        palette=PALETTE,
        rc={
            "figure.figsize": (5.4, 3.2),
            "figure.dpi": 130,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "white",
            "savefig.facecolor": "white",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "legend.frameon": False,
        },
    )
    # Timings and hints of the sampler differ from run to run; chapters ask for diagnostics by name.
    logging.getLogger("pymc").setLevel(logging.ERROR)
