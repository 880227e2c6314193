"""The page as one file, with the model in it, which needs no server."""
