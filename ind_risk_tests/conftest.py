"""Settings of every test process, before anything numerical is imported."""

import os

# Two processes test side by side on two cores; OpenMP's threads would only wait for one another.
os.environ.setdefault("OMP_NUM_THREADS", "1")
