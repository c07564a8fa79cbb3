"""Finding faces, and reading one."""
