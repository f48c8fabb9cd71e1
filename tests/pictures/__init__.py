"""The pictures of README, made from a fresh demo by one command."""
