"""Pages in a browser on this machine: who may talk to one, its server, what it is made of."""
