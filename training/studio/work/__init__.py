"""What the studio's steps do, in processes that can be cancelled."""
