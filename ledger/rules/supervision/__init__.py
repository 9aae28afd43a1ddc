"""What supervisors compute from a history and its findings: recall, credit, draw, warning."""
