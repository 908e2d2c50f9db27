"""Runs student code where it can do no harm and finds no answer.

Nothing here imports another folder of the homework, and nothing else of this package, so that the process which student
code is forked from has no question, no answer and no mark in its memory (tests/test_homework_layout.py).
"""

PACKAGE_INSIDE = "/lesson/wdlesson"  # where the sandbox shows the modules that homework may import
