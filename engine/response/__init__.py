"""What the room does about it: alerts, priced actions with approval and undo, outcomes. No I/O, no clock."""
