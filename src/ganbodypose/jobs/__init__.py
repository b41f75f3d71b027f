"""Whole jobs, one a file: inputs, options and progress in, finished files and a summary out."""
