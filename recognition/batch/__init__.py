"""The same answers for files, without a server."""
