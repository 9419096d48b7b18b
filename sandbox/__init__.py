"""Everything needed to run the program with no account and no Pulumi CLI: the service's API and a deployment engine."""
