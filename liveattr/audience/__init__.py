"""Whom to call back: lists, hold-outs, and what they brought."""
