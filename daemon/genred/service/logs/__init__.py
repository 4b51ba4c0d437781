"""What the log is made of: lines, a bound on lines alike, a file that rotates, a thread."""
