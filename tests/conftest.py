"""Hypothesis: CI repeats the same examples, so that a run says something about the change alone."""

import os

from hypothesis import Phase, settings

settings.register_profile(
    "ci", derandomize=True, phases=[Phase.explicit, Phase.generate], print_blob=True
)
settings.register_profile("more", max_examples=200)
if os.environ.get("CI"):
    settings.load_profile("ci")
