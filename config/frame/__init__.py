"""The frame around pages: navigation, help, errors, and what htmx and an absent server need."""
