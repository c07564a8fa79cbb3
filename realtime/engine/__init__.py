"""From frames to readings, from readings to pictures, and the loop around both."""
