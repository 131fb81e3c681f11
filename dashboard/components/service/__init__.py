"""After-sales: tickets, incidents, compensation, returns."""
