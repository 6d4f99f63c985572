"""How hard properties are tried: the same examples each time, so that a run says something of the change it is about;
`HYPOTHESIS_PROFILE=thorough` searches at random and for long.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=80, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile(
    "thorough", max_examples=5_000, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
