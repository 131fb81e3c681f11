"""What was promised, which clock runs, and when a waybill should be uploaded."""
