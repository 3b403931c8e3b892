"""What the demo needs beside the product: programs to start, and the person at the vendor's pages."""
