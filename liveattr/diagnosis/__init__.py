"""Hot in the room, cold in the mall: which product, and why."""
