"""Reports of a session: numbers kept while the program runs, and the pages made of them, alone and of many viewers."""
