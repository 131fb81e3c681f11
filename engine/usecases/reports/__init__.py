"""What a show came to: gathered, written once, kept, and handed out."""
