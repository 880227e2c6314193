"""The client's side of HTTP: what is asked about, the requests, the results."""
