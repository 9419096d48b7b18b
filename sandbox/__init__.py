"""What it takes to run the program without an account and without a Pulumi CLI."""
