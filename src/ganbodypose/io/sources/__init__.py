"""What `io.video` reads from: containers, cameras, streams and images."""
