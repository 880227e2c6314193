"""Rows or a picture -> predictions; models on disk, and the one being served."""
