"""What to have on the shelf: demand, forecast, order."""
