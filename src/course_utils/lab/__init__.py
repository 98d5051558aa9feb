"""Starting JupyterLab quietly, and the welcome page that it opens on."""
