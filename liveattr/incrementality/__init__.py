"""What would not have happened without a broadcast: gross, net, and how sure that is."""
