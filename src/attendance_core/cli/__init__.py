"""The command line: thin over the workbench."""
