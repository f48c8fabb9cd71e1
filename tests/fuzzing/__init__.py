"""Thousands of bad exports of every format, each landed whole or refused in one sentence."""
