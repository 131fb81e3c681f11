"""What a node picks, packs and keeps back."""
