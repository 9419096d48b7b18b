"""What people and programs see of a deployment, made of its events alone."""
