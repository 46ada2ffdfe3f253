"""Robustness: does the model hold up, and do the labels under it?"""
