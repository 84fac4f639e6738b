"""The services. Whoever imports one gets numerical libraries that keep to the core they are called on.

They read these variables once, when they are first imported. Left alone they keep a team of threads for every small
product, and on two cores its waiting took a third of what claim extraction costs.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
