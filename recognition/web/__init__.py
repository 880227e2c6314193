"""The HTTP side: the application, what it takes out of a request, how it refuses, and the page."""
