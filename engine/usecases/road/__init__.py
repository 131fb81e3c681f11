"""Parcels on their way: scans, partners, cold chain, and what holds many of them up."""
