"""What each board or page needs to know, asked together: one frozen value a page. Caching is in reads.py."""
