"""The Django project: settings, entry points, security and storage wiring. Holds nothing of the domain."""
