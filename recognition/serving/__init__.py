"""The server's side of HTTP: the application, its contract, and who may ask."""
