"""Complaints that are one problem."""
