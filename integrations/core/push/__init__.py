"""The push: what changes in the hub reaches the vendor by itself (G-07)."""
