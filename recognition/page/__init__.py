"""The page: HTML, CSS and JavaScript, as they are served."""
