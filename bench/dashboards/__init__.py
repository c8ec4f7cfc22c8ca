"""The same dashboard, written for each library as its users write them."""
