"""What is wrong, one alert a root cause, and the plans for emergencies."""
