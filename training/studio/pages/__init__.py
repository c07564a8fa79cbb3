"""What is seen of the studio."""
