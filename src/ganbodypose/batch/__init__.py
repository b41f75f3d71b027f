"""Many videos: what to do (`inputs`), one of them (`work`), who does it (`executor`), all of them (`run`)."""
