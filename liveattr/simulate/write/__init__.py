"""The world's files: what each platform would hand out, in the shape that its preset reads."""
