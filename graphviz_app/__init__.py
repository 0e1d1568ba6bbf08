"""The window, the command line and the pictures of graphviz-app: everything that may use Qt."""
