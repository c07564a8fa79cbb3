"""What the studio's pages fetch and send beside their websocket."""
