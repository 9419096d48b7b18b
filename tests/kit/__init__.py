"""What tests of whole lives are written with: an engine, a project, and scenarios as data."""
