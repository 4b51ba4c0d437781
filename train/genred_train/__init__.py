"""genred_train makes the models that genred runs, and measures them."""
