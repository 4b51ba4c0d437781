"""genred as a service of systemd: put in place, looked at, and taken away again."""
