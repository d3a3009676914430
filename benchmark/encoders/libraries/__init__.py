"""The libraries that come with dreambench, a file each."""
