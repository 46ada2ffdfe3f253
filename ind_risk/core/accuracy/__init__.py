"""Accuracy on the random arm, weighted by inclusion probability, with intervals for small n."""
