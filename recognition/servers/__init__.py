"""What runs the application: the built-in server, or workers."""
