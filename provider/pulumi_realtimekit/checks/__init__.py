"""What is wrong with a declaration, and the schemas made from the declarations."""
