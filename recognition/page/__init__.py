"""The page: HTML, CSS and JavaScript, put together as one document."""
