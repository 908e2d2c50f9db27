"""Small Sphinx extensions of this book."""
