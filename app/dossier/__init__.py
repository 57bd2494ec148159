"""A case as pages show it, beside a task and by itself: facts, course, diagram, light, files and talk."""
