"""Grades what was handed in: one submission, a whole class, and what teacher and students get to read."""
