"""The pages of the reference, made from the data and the code that they describe."""
