"""What is said of an answer: by the check in the student's notebook, and by the grader."""
