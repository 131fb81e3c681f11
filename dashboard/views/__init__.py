"""What a page looks at, read from the address bar, so that a view is a link."""
