"""A lively portal to try: one account per role, and projects in every statut made by the actions that lead there."""
