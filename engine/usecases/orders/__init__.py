"""Orders come in, are decided at the gate, wait for a person, and are taken back."""
