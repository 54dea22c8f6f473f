"""The interface for assistants: operations that read, as tools of the Model Context Protocol."""
