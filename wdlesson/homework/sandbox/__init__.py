"""The student's side: what runs next to a student's code, and so is never trusted and knows no answer."""

LESSON = "/lesson/wdlesson"  # where the sandbox shows the rooms that homework may import
