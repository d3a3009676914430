"""From results to the records that `reports` draws."""
