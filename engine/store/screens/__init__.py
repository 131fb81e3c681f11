"""The questions that screens ask: one function a view in views/, parameters bound, shape asserted."""
