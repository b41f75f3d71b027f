"""What `io.video` reads from: containers, cameras, images; and the thread that decodes ahead."""
