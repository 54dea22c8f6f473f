"""Rollbacks: undo the change that began before an alert did, signed, limited, and judged by the SLI."""
