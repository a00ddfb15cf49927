"""What ``course.py`` calls. Modules that set-up needs use the standard library only; the others run in ``.venv``."""
