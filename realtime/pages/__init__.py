"""What is seen of the program in a browser: the pages, made of what `web` offers."""
