"""Between the web server and the pages: its settings, and what every request passes."""
