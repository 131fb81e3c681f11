"""Parcels on their way: stages, clocks at risk, delay chances, carriers compared. No I/O, no clock, no database."""
