"""The command line. stdout carries the result alone; progress, warnings and errors go to stderr."""
