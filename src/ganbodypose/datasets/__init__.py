"""One reader per dataset, each an iterator of `core.Clip`."""
