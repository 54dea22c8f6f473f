"""What Leadline found, in the files of other programs."""
