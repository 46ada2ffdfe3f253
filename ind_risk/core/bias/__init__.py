"""Bias evidence: do scores and selection depend on the nationality of a sponsor's migrants?"""
