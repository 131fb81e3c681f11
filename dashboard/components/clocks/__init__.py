"""Promises, their clocks, and when a waybill should be uploaded."""
